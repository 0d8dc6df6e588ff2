import * as z from 'zod/mini';

/** Rules of fields that the services' routes share. Their messages end up in problem documents, after the field's name. */

const decimal = /^[+-]?\d{1,12}(\.\d{1,15})?$/;

/** A number written in a query string, between `min` and `max`, both included. */
export const decimalText = (min: number, max: number) =>
  z.pipe(
    z.pipe(z.string('must be given').check(z.regex(decimal, 'must be a decimal number')), z.transform(Number)),
    z.number().check(z.gte(min, `must be at least ${min}`), z.lte(max, `must be at most ${max}`)),
  );

/** A whole number written in a query string, between `min` and `max`, both included. */
export const wholeText = (min: number, max: number) =>
  z.pipe(
    z.pipe(z.string('must be given').check(z.regex(/^\d{1,15}$/, 'must be a whole number')), z.transform(Number)),
    z.number().check(z.gte(min, `must be at least ${min}`), z.lte(max, `must be at most ${max}`)),
  );

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the rule
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** Text that people read: well-formed, something to see, no control characters, no directional overrides. */
export const plainText = (maxLength: number) =>
  z.pipe(
    z.pipe(
      z.string('must be text').check(
        z.refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
        z.refine((text) => !controlCharacters.test(text), 'must not contain control characters'),
      ),
      z.transform((text: string) => text.normalize('NFC').trim()),
    ),
    z
      .string()
      .check(
        z.regex(/[\p{L}\p{N}\p{P}\p{S}]/u, 'must not be blank'),
        z.maxLength(maxLength, `must be at most ${maxLength} characters`),
      ),
  );

/** How many items a page holds. */
export const pageLimit = (max: number, usual: number) => z._default(wholeText(1, max), usual);

/**
 * A cursor is opaque to callers: base64url of JSON, checked like any other input when it comes back. It never holds an
 * owner: whose list it is comes from the token.
 */
export const cursorOf = <S extends z.core.$ZodType>(position: S) =>
  z.optional(
    z.pipe(
      z.string().check(z.maxLength(400, foreignCursor)),
      z.transform((text: string, context) => {
        const parsed = z.safeParse(position, decoded(text));
        if (parsed.success) return parsed.data;
        context.issues.push({ code: 'custom', message: foreignCursor, input: text });
        return z.NEVER;
      }),
    ),
  );

export const foreignCursor = 'must be a cursor this API gave';

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

export const toCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');
