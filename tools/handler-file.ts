/**
 * Base name of a function's handler file: `GetLocationsFunction` lives in `src/handlers/get-locations.ts`.
 *
 * @throws if the logical id does not end in `Function`
 */
export function handlerName(logicalId: string): string {
  const stem = /^([A-Z][A-Za-z0-9]*)Function$/.exec(logicalId)?.[1];
  if (!stem) throw new Error(`${logicalId}: a function's logical id is PascalCase and ends in "Function"`);
  return stem.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

/** The opposite of {@link handlerName}; a logical id is returned as it is. */
export function logicalId(name: string): string {
  if (name.endsWith('Function')) return name;
  const stem = name.replace(/(^|-)([a-z0-9])/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return `${stem}Function`;
}
