import { expect, test } from 'vitest';
import { matchesPattern } from './event-pattern.ts';

const event = { source: 'custom.orders', detail: { workflow: 'packing', tags: ['new', 'small'] } };

test.each([
  ['a listed value', { source: ['custom.other', 'custom.orders'] }],
  ['every field of a nested pattern', { source: ['custom.orders'], detail: { workflow: ['packing'] } }],
  ['one value of a list', { detail: { tags: ['small'] } }],
])('matches %s', (_what, pattern) => {
  expect(matchesPattern(pattern, event)).toBe(true);
});

test.each([
  ['another value', { source: ['custom.order'] }],
  ['a field that the event lacks', { detail: { owner: ['someone'] } }],
  ['one field of two', { source: ['custom.orders'], detail: { workflow: ['shipping'] } }],
])('does not match %s', (_what, pattern) => {
  expect(matchesPattern(pattern, event)).toBe(false);
});

test('refuses an operator that it does not know', () => {
  expect(() => matchesPattern({ source: [{ prefix: 'custom.' }] }, event)).toThrow('prefix');
});
