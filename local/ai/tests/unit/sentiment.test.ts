import { describe, expect, it } from 'vitest';
import { clausesOf, judge, prevailing } from '../../src/sentiment.ts';

describe('clausesOf', () => {
  it.each([
    ['en', 'Great food but slow. Yet cheap!', ['Great food ', ' slow.', ' cheap!']],
    ['en', 'A butter bun', ['A butter bun']],
    ['es', 'Bonito, pero sucio', ['Bonito', ' sucio']],
    ['zh', '厕所很脏，服务很糟糕。', ['厕所很脏', '服务很糟糕。']],
    ['ar', 'جميل، قذر', ['جميل', 'قذر']],
    ['en', ' , ', []],
  ] as const)('parts %s: %s', (language, text, clauses) => {
    expect(clausesOf(text, language)).toEqual(clauses);
  });
});

describe('judge', () => {
  it.each([
    [[4], 'POSITIVE'],
    [[-3], 'NEGATIVE'],
    [[], 'NEUTRAL'],
    [[0, 0], 'NEUTRAL'],
    [[3, -3], 'MIXED'],
  ] as const)('makes of %j %s', (sums, sentiment) => {
    const score = judge([...sums]);
    expect(prevailing(score)).toBe(sentiment);
    expect(Object.values(score).reduce((sum, each) => sum + each)).toBeCloseTo(1);
  });
});
