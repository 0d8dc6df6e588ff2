import { cursorOf, foreignCursor } from '@happy-path/http-api/fields';
import * as z from 'zod/mini';
import { knownLanguages } from '../domain/languages.ts';
import { maxTextBytes } from '../domain/text.ts';

/** Rules of this API's fields. Their messages end up in problem documents, after the field's name. */

export const reviewId = z.string('must be given').check(z.regex(/^[0-9a-f]{32}$/, 'must be a review id'));

export const subject = z
  .string('must be given')
  .check(z.regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits and dashes'));

const wrongRating = 'must be a whole number from 1 to 5';
export const rating = z.int(wrongRating).check(z.gte(1, wrongRating), z.lte(5, wrongRating));

export const language = z.enum(knownLanguages, `must be one of ${knownLanguages.join(', ')}`);

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the rule
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/**
 * What somebody has to say, in any script, with line breaks, as it was typed but for the blanks around it. Counted in
 * bytes: that is how the services that read it count.
 */
export const reviewText = z.pipe(
  z.pipe(
    z.string('must be text').check(
      z.refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
      z.refine((text) => !controlCharacters.test(text), 'must not contain control characters but line breaks and tabs'),
    ),
    z.transform((text: string) => text.trim()),
  ),
  z.string().check(
    z.regex(/[\p{L}\p{N}\p{P}\p{S}]/u, 'must not be blank'),
    z.refine((text) => Buffer.byteLength(text) <= maxTextBytes, `must be at most ${maxTextBytes} bytes in UTF-8`),
  ),
);

/** Where a page of reviews ended. */
export const reviewCursor = cursorOf(z.string().check(z.regex(/^[0-9TZ:.-]{10,30}#[0-9a-f]{32}$/, foreignCursor)));
