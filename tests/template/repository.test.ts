import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRepository, readFiles } from './repository.ts';
import { check } from './rules.ts';

const repository = parseRepository(readFiles(join(import.meta.dirname, '../..')));
const violations = check(repository).map(
  ({ file, line, id, message, rule }) => `${file}${line === undefined ? '' : `:${line}`} ${id}: ${message} (${rule})`,
);

test('there are services to check', () => {
  expect(repository.services).not.toEqual([]);
});

test.each([
  ...repository.services.map(({ name }) => `services/${name}/`),
  'template-root.yaml',
  'statemachines/',
  'events/',
])('%s breaks no rule', (place) => {
  expect(violations.filter((violation) => violation.startsWith(place))).toEqual([]);
});
