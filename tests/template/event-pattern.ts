import { at, entries, isRecord } from './json.ts';

/**
 * Whether EventBridge would deliver the event to a rule with this pattern.
 * Knows exact values only, which is all that our rules use.
 * @throws Error on any other operator, so that a new one is added here and not passed over.
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  return entries(pattern).every(([field, expected]) => {
    const actual = at(event, field);
    if (isRecord(expected)) return matchesPattern(expected, actual);
    if (!Array.isArray(expected)) throw new Error(`${field}: a pattern holds lists of values`);
    const operator = expected.find((value) => typeof value === 'object' && value !== null);
    if (operator !== undefined) throw new Error(`${field}: unknown pattern operator ${JSON.stringify(operator)}`);
    return (Array.isArray(actual) ? actual : [actual]).some((value) => expected.includes(value));
  });
}
