import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameLanguage, knownLanguages, scoredAs } from '../../../src/domain/languages.ts';
import { cutToBytes } from '../../../src/domain/text.ts';

describe('a text that is cut', () => {
  it('is a beginning of whole characters, as long as fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 40 }), (text, maxBytes) => {
        const cut = cutToBytes(text, maxBytes);
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
        if (cut !== text) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(maxBytes);
      }),
    );
  });
});

describe('a language', () => {
  it.each([
    ['en', 'en', true],
    ['es-MX', 'es', true],
    ['es', 'pt', false],
    ['zh', 'zh-TW', false],
    ['zh-TW', 'zh-TW', true],
  ])('%s is read like %s: %s', (one, other, isSame) => {
    expect(isSameLanguage(one, other)).toBe(isSame);
    expect(isSameLanguage(other, one)).toBe(isSame);
  });

  it('is scored as one of twelve, or not at all', () => {
    const scored = new Set(knownLanguages.flatMap((language) => scoredAs(language) ?? []));
    expect(scored.size).toBe(12);
    expect(scoredAs('ca')).toBeUndefined();
    expect(scoredAs('pt-PT')).toBe('pt');
  });
});
