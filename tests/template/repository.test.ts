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

const places = [
  ...repository.services.map(({ name }) => `services/${name}/`),
  'template-root.yaml',
  'samconfig.toml',
  'statemachines/',
  'events/',
];

test.each(places)('%s breaks no rule', (place) => {
  expect(violations.filter((violation) => violation.startsWith(place))).toEqual([]);
});

test('nothing else breaks a rule', () => {
  expect(violations.filter((violation) => !places.some((place) => violation.startsWith(place)))).toEqual([]);
});
