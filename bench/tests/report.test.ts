import { expect, it } from 'vitest';
import { interleave, median } from '../report.ts';

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
