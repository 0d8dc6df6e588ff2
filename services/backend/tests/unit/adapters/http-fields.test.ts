import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { photoId, placeId, placeType } from '../../../src/adapters/http-fields.ts';

/** What a schema makes of an input: the value, or the rules it breaks. */
function judge(schema: z.core.$ZodType, input: unknown): { value: unknown } | { breaks: string[] } {
  const parsed = z.safeParse(schema, input);
  return parsed.success ? { value: parsed.data } : { breaks: parsed.error.issues.map(({ message }) => message) };
}

describe('ids and kinds', () => {
  it.each(['9b1e4c7a2f6d08e35a917c4d', 'hyde-park', 'a', 'x'.repeat(64)])('%s is a place id', (id) => {
    expect(judge(placeId, id)).toEqual({ value: id });
  });

  it.each(['', 'x'.repeat(65), 'Hyde', 'a#b', '../etc', 'a b', 'a\n', '\u0430'])('%j is no place id', (id) => {
    expect(judge(placeId, id)).toEqual({ breaks: ['must be a place id'] });
  });

  it.each(['', '0'.repeat(31), '0'.repeat(33), 'G'.repeat(32), 'A'.repeat(32), `${'0'.repeat(32)}\n`])(
    '%j is no photo id',
    (id) => {
      expect(judge(photoId, id)).toEqual({ breaks: ['must be a photo id'] });
    },
  );

  it.each(['', 'PARK', 'parks', 'constructor', '__proto__', 0, null])('%j is no kind of place', (type) => {
    expect(judge(placeType, type)).toEqual({ breaks: [expect.stringMatching(/^must be one of park, restaurant, /)] });
  });
});
