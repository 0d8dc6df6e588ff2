import { at, entries, isRecord } from './json.ts';

/**
 * Whether EventBridge would deliver the event to a rule with this pattern, or Lambda a record past such a filter.
 * Knows exact values and prefixes, which is all that ours use.
 * @throws Error on any other operator, so that a new one is added here and not passed over.
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  return entries(pattern).every(([field, expected]) => {
    const actual = at(event, field);
    if (isRecord(expected)) return matchesPattern(expected, actual);
    if (!Array.isArray(expected)) throw new Error(`${field}: a pattern holds lists of values`);
    return (Array.isArray(actual) ? actual : [actual]).some((value) =>
      expected.some((wanted) => (isRecord(wanted) ? isTaken(field, wanted, value) : wanted === value)),
    );
  });
}

function isTaken(field: string, operator: Record<string, unknown>, value: unknown): boolean {
  const { prefix, ...unknown } = operator;
  if (typeof prefix !== 'string' || Object.keys(unknown).length > 0)
    throw new Error(`${field}: unknown pattern operator ${JSON.stringify(operator)}`);
  return typeof value === 'string' && value.startsWith(prefix);
}
