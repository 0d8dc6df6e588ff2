import { expect, test } from 'vitest';
import { branchesOf, branchesTaken } from './coverage.ts';
import type { Definition } from './definition.ts';
import type { Visit } from './history.ts';

const definition: Definition = {
  States: {
    Work: {
      Type: 'Task',
      Retry: [
        { ErrorEquals: ['Taken'], MaxAttempts: 0 },
        { ErrorEquals: ['Busy', 'Late'], MaxAttempts: 2 },
        { ErrorEquals: ['States.ALL'], MaxAttempts: 1 },
      ],
      Catch: [
        { ErrorEquals: ['Taken'], Next: 'Over' },
        { ErrorEquals: ['States.ALL'], Next: 'Over' },
      ],
    },
    Which: { Type: 'Choice', Choices: [{ Condition: '{% $x %}', Next: 'Work' }], Default: 'Over' },
    Over: { Type: 'Succeed' },
  },
};
const over: Visit = { state: 'Over', tries: 0, errors: [], failed: false };
const work = (errors: string[], failed: boolean): Visit[] => [
  { state: 'Work', tries: errors.length + (failed ? 0 : 1), errors, failed },
  over,
];

test('names every branch, Retry, error and Catch', () => {
  expect(branchesOf(definition)).toEqual([
    'Work gives up after 0 retries of Taken',
    'Work gives up after 2 retries of Busy, Late',
    'Work gives up after 1 retries of States.ALL',
    'Work retries Busy',
    'Work retries Late',
    'Work succeeds after retries',
    'Work catches Taken and goes to Over',
    'Work catches States.ALL and goes to Over',
    'Which leads to Work',
    'Which leads to Over',
  ]);
});

test.for<[string, Visit[], string[]]>([
  ['a first try that succeeds', work([], false), []],
  ['a task that recovers', work(['Busy', 'Odd'], false), ['Work retries Busy', 'Work succeeds after retries']],
  [
    'an error that is not retried',
    work(['Taken'], true),
    ['Work gives up after 0 retries of Taken', 'Work catches Taken and goes to Over'],
  ],
  [
    'a retrier that is used up, whatever other retriers did',
    work(['Busy', 'Odd', 'Late', 'Busy'], true),
    [
      'Work retries Busy',
      'Work retries Late',
      'Work gives up after 2 retries of Busy, Late',
      'Work catches States.ALL and goes to Over',
    ],
  ],
  ['an error that ends a run too early', work(['Busy'], true), ['Work catches States.ALL and goes to Over']],
  ['a branch', [{ ...over, state: 'Which' }, over], ['Which leads to Over']],
])('recognises %s', ([, visits, taken]) => {
  expect(branchesTaken(definition, visits)).toEqual(taken);
});

test.for<[string, Definition['States'][string]]>([
  ['two branches to one state', { Type: 'Choice', Choices: [{ Condition: '', Next: 'Over' }], Default: 'Over' }],
  ['a kind of state it cannot follow', { Type: 'Parallel' }],
])('refuses %s', ([, state]) => {
  expect(() => branchesOf({ States: { Odd: state } })).toThrow('Odd');
});
