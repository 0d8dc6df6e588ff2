import * as z from 'zod/mini';

/**
 * Parses JSON with every number as the text it is written as: a log sequence number does not fit a JavaScript number, and an
 * amount of money is not to be rounded.
 *
 * @throws SyntaxError when it is no JSON
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) =>
    typeof value === 'number' ? context?.source : value,
  );
}

/** A whole number, as {@link parseExactly} leaves it. */
export const digits = z.string().check(z.regex(/^\d{1,19}$/, 'must be a whole number'));

/** @throws Error naming each field that is wrong, and of what */
export function parseAs<Schema extends z.core.$ZodType>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new Error(`${what} cannot be read: ${problems.join('; ')}`);
}
