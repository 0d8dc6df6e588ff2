import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { cursorOf, decimalText, pageLimit, plainText, toCursor, wholeText } from '../../src/fields.ts';

/** What a schema makes of an input: the value, or the rules it breaks. */
function judge(schema: z.core.$ZodType, input: unknown): { value: unknown } | { breaks: string[] } {
  const parsed = z.safeParse(schema, input);
  return parsed.success ? { value: parsed.data } : { breaks: parsed.error.issues.map(({ message }) => message) };
}

const notNumbers = [
  '',
  ' ',
  'NaN',
  'Infinity',
  '-Infinity',
  '0x10',
  '1e3',
  '1E-3',
  '1,5',
  '1,2',
  '--1',
  '1.',
  '.5',
  ' 1',
  '1\n',
  '\u0661',
];

describe('a decimal number in a query', () => {
  const latitude = decimalText(-90, 90);

  it.each([
    ['0', 0],
    ['-0', -0],
    ['+1.5', 1.5],
    ['-90', -90],
    ['90.000', 90],
    ['51.527312345678901', 51.527312345678901],
  ])('is read from %j', (text, value) => {
    expect(judge(latitude, text)).toEqual({ value });
  });

  it.each([...notNumbers, '1'.repeat(13), '0.1234567890123456'])('is not read from %j', (text) => {
    expect(judge(latitude, text)).toEqual({ breaks: ['must be a decimal number'] });
  });

  it.each([
    ['90.000001', 'must be at most 90'],
    ['-90.000001', 'must be at least -90'],
    ['999999999999', 'must be at most 90'],
  ])('is out of bounds as %s', (text, rule) => {
    expect(judge(latitude, text)).toEqual({ breaks: [rule] });
  });

  it('must be given', () => {
    expect(judge(latitude, undefined)).toEqual({ breaks: ['must be given'] });
  });

  it('is finite and within its bounds whenever it is taken', () => {
    const hostile = fc.oneof(fc.string(), fc.double().map(String), fc.bigInt().map(String), fc.float().map(String));
    fc.assert(
      fc.property(hostile, (text) => {
        const judged = judge(latitude, text);
        return !('value' in judged) || (Number(judged.value) >= -90 && Number(judged.value) <= 90);
      }),
    );
  });
});

describe('a whole number in a query', () => {
  const bytes = wholeText(1, 20_971_520);

  it.each([
    ['1', 1],
    ['20971520', 20_971_520],
    ['007', 7],
  ])('is read from %j', (text, value) => {
    expect(judge(bytes, text)).toEqual({ value });
  });

  it.each([...notNumbers, '-1', '+1', '1.0', '1'.repeat(16)])('is not read from %j', (text) => {
    expect(judge(bytes, text)).toEqual({ breaks: ['must be a whole number'] });
  });

  it.each([
    ['0', 'must be at least 1'],
    ['20971521', 'must be at most 20971520'],
  ])('is out of bounds as %s', (text, rule) => {
    expect(judge(bytes, text)).toEqual({ breaks: [rule] });
  });
});

describe('how many items a page holds', () => {
  it('is the usual number when nobody says', () => {
    expect(judge(pageLimit(50, 20), undefined)).toEqual({ value: 20 });
  });

  it.each(['0', '51', '-1', '1.5', ''])('is never %j', (text) => {
    expect(judge(pageLimit(50, 20), text)).toHaveProperty('breaks');
  });
});

describe('text that people read', () => {
  const name = plainText(20);

  it.each([
    ['  Rose Gardens ', 'Rose Gardens'],
    ['Cafe\u0301', 'Caf\u00e9'],
    ['\u516c\u5712 \u{1f33b}', '\u516c\u5712 \u{1f33b}'],
    [
      '\u05d2\u05df \u05d4\u05d5\u05d5\u05e8\u05d3\u05d9\u05dd',
      '\u05d2\u05df \u05d4\u05d5\u05d5\u05e8\u05d3\u05d9\u05dd',
    ],
    ["O'Brien & Sons <Bar>", "O'Brien & Sons <Bar>"],
  ])('keeps %j as %j', (text, value) => {
    expect(judge(name, text)).toEqual({ value });
  });

  it.each(['', '   ', '\u00a0\u2003', '\u200b\u200d', '\ufeff', '\u0301'])(
    'is not blank to the eye like %j',
    (text) => {
      expect(judge(name, text)).toEqual({ breaks: ['must not be blank'] });
    },
  );

  it('is measured after blanks at its ends were dropped', () => {
    expect(judge(name, `  ${'x'.repeat(20)}  `)).toEqual({ value: 'x'.repeat(20) });
    expect(judge(name, 'x'.repeat(21))).toEqual({ breaks: ['must be at most 20 characters'] });
  });

  it.each([
    { what: 'a null character', text: 'a\u0000b' },
    { what: 'a line break', text: 'a\nb' },
    { what: 'a line break at its end, which would be dropped as a blank', text: 'a\n' },
    { what: 'an escape, which colours terminals', text: 'a\u001b[31mb' },
    { what: 'a C1 control', text: 'a\u0085b' },
    { what: 'a right-to-left override', text: 'photo\u202egpj.exe' },
    { what: 'a directional isolate', text: 'a\u2066b' },
    { what: 'a delete', text: 'a\u007fb' },
  ])('holds no control characters: $what', ({ text }) => {
    expect(judge(name, text)).toEqual({ breaks: ['must not contain control characters'] });
  });

  it.each(['\ud800', 'a\udc00b', '\ude00\ud83d'])('has no half of a character, which no table can keep: %j', (text) => {
    expect(judge(name, text)).toMatchObject({ breaks: expect.arrayContaining(['must be well-formed Unicode']) });
  });

  it.each([undefined, null, 7, true, {}, ['text']])('is text, not %j', (input) => {
    expect(judge(name, input)).toEqual({ breaks: ['must be text'] });
  });
});

describe('a cursor', () => {
  const position = z.strictObject({ distanceKm: z.number().check(z.gte(0)), placeId: z.string() });
  const cursor = cursorOf(position);

  it('comes back as the position it was made of', () => {
    const given = toCursor({ distanceKm: 1.234, placeId: 'a' });

    expect(given).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(judge(cursor, given)).toEqual({ value: { distanceKm: 1.234, placeId: 'a' } });
  });

  it('may be left out', () => {
    expect(judge(cursor, undefined)).toEqual({ value: undefined });
  });

  it.each([
    { what: 'empty', text: '' },
    { what: 'no base64 of JSON', text: 'not-a-cursor' },
    { what: 'cut off', text: toCursor({ distanceKm: 1, placeId: 'a' }).slice(0, -4) },
    { what: 'another kind of position', text: toCursor('2026-06-14T09:40:00.000Z#1') },
    { what: 'a position out of bounds', text: toCursor({ distanceKm: -1, placeId: 'a' }) },
    { what: 'more than a position', text: toCursor({ distanceKm: 1, placeId: 'a', owner: 'eve' }) },
    { what: 'null', text: toCursor(null) },
    { what: 'an infinite distance', text: Buffer.from('{"distanceKm":1e999,"placeId":"a"}').toString('base64url') },
    { what: 'a prototype', text: Buffer.from('{"__proto__":{"distanceKm":1,"placeId":"a"}}').toString('base64url') },
    { what: 'longer than any this API gives', text: toCursor({ distanceKm: 1, placeId: 'x'.repeat(400) }) },
  ])('that is $what is refused', ({ text }) => {
    expect(judge(cursor, text)).toEqual({ breaks: ['must be a cursor this API gave'] });
  });

  it('is blamed as a whole, whatever in it is wrong: callers know nothing of its inside', () => {
    const query = z.strictObject({ cursor });
    const parsed = z.safeParse(query, { cursor: toCursor({ distanceKm: 'far', placeId: 7, owner: 'eve' }) });

    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([['cursor']]);
  });
});
