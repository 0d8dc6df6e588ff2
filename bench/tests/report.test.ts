import { expect, it, vi } from 'vitest';
import { goal, goalAtLeast, interleave, median, printGoals } from '../report.ts';

it('takes the median of figures, not their text order', () => {
  expect(median([100, 9, 30])).toBe(30);
});

it('begins each round with another way, after one that does not count', async () => {
  const calls: string[] = [];
  const way = (name: string, time: number) => async () => {
    calls.push(name);
    return time;
  };

  const medians = await interleave({ a: way('a', 1), b: way('b', 2), c: way('c', 3) }, 3);

  expect(calls.join('')).toBe('abc' + 'abc' + 'bca' + 'cab');
  expect(medians).toEqual({ a: 1, b: 2, c: 3 });
});

it('judges a goal by the worst figure, whichever way is worse', () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => lines.push(line));
  goal('bytes', [3, 5], 4, ' kB');
  goal('time', [3, 4], 4, ' ms');
  goalAtLeast('score', [100, 99], 100, '');
  goalAtLeast('other score', [100, 100], 100, '');

  printGoals();

  vi.restoreAllMocks();
  expect(lines.slice(-4).map((line) => line.split(/ {2,}/))).toEqual([
    ['bytes', '<= 4.00 kB', '5.00 kB', 'MISSED'],
    ['time', '<= 4.00 ms', '4.00 ms', 'met'],
    ['score', '>= 100', '99', 'MISSED'],
    ['other score', '>= 100', '100', 'met'],
  ]);
});
