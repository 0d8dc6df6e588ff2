import * as z from 'zod/mini';

/**
 * Reads the function's environment once, at cold start. A blank value counts as missing.
 *
 * @throws Error naming every variable that is missing or malformed, so that a bad deployment says what to set.
 */
export function readEnvironment<Shape extends z.core.$ZodShape>(
  shape: Shape,
  source: Record<string, string | undefined> = process.env,
): z.infer<z.ZodMiniObject<Shape>> {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value?.trim()));
  const parsed = z.safeParse(z.object(shape), present);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`Environment variables are missing or malformed: ${problems.join('; ')}`);
  }
  return parsed.data;
}

/** An environment variable that must be present, as it is. */
export const text = z.string().check(z.minLength(1));

/** An environment variable holding a whole number between `min` and `max`, both included. */
export const wholeNumber = (min: number, max: number) =>
  z.pipe(
    z.pipe(z.string().check(z.regex(/^\d{1,15}$/, 'must be a whole number')), z.transform(Number)),
    z.number().check(z.gte(min), z.lte(max)),
  );

/** An environment variable holding one or more of these values, separated by commas. */
export const list = <Value extends string>(value: z.ZodMiniType<Value, string>) =>
  z.pipe(
    z.pipe(
      z.string(),
      z.transform((joined) => joined.split(',').map((one) => one.trim())),
    ),
    z.array(value),
  );
