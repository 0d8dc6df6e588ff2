import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { photoStatuses, rejectionReasons } from '@happy-path/photos/photo-record';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { at, textsIn } from '../template/json.ts';
import { eventSourcesOf } from '../template/sam-template.ts';
import { template } from './backend-functions.ts';
import { answerProblems, child, document, examplesIn, operations, schemaProblems } from './open-api.ts';

test('is a valid OpenAPI 3.1 document', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('has the routes of the template, with their functions and who may call them', () => {
  const deployed = eventSourcesOf(template)
    .filter(({ type }) => type === 'HttpApi')
    .map(({ owner, properties }) => ({
      route: `${at(properties, 'Method')} ${at(properties, 'Path')}`,
      function: owner.id,
      isPublic: at(properties, 'Auth.Authorizer') === 'NONE',
    }));
  const documented = operations.map(({ id, method, path, isPublic }) => ({
    route: `${method} ${path}`,
    function: `${id.replace(/^[a-z]/, (first) => first.toUpperCase())}Function`,
    isPublic,
  }));
  const byRoute = (a: { route: string }, b: { route: string }) => a.route.localeCompare(b.route);
  expect(documented.sort(byRoute)).toEqual(deployed.sort(byRoute));
});

test('needs a token exactly where it documents 401', () => {
  const withUnauthorized = operations.filter(({ responses }) => responses.has('401')).map(({ id }) => id);
  expect(withUnauthorized).toEqual(operations.filter(({ isPublic }) => !isPublic).map(({ id }) => id));
});

test('names every path parameter of its paths', () => {
  for (const { path, parameters } of operations) {
    const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
    expect(named).toEqual(path.match(/\{\w+\}/g) ?? []);
  }
});

test('knows the problem types of the code, with their titles', () => {
  const source = globSync('services/backend/src/**/*.ts', { cwd: join(import.meta.dirname, '../..') })
    .map((path) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8'))
    .join('\n');
  const inCode = [...source.matchAll(/problemAnswer\((\d+), '([^']+)', '([^']+)'/g)].map(([, status, slug, title]) => ({
    status: Number(status),
    type: `urn:happy-path:problem:${slug}`,
    title,
  }));
  const inAnswers = operations.flatMap(({ responses }) =>
    [...responses.values()].flatMap((response) => {
      const rules = child(response, 'content', 'application/problem+json', 'schema', 'properties')?.value;
      const constant = (name: string) => at(rules, `${name}.const`);
      return rules === undefined
        ? []
        : [{ status: constant('status'), type: constant('type'), title: constant('title') }];
    }),
  );
  const types = inCode.map(({ type }) => type);

  expect(inCode).not.toEqual([]);
  expect(new Set(types).size).toBe(types.length);
  expect(distinct(inAnswers)).toEqual(distinct(inCode));
  expect(textsIn(at(document, 'components.schemas.Problem.properties.type.enum')).sort()).toEqual(types.sort());
});

const distinct = (values: readonly unknown[]) => [...new Set(values.map((value) => JSON.stringify(value)))].sort();

test('knows every status and reason of a photo', () => {
  const properties = at(document, 'components.schemas.PhotoStatus.properties');
  expect(at(properties, 'status.enum')).toEqual(photoStatuses);
  // The workflows and the sweep write this one for the system's own faults.
  expect(at(properties, 'reason.enum')).toEqual([...rejectionReasons, 'SYSTEM_FAULT']);
});

test('names a problem by the status it is answered with', () => {
  for (const { responses } of operations)
    for (const [status, response] of responses) {
      const problem = child(response, 'content', 'application/problem+json', 'schema', 'properties', 'status');
      if (problem) expect(at(problem.value, 'const')).toBe(Number(status));
    }
});

test.each(examplesIn())('$where is valid', ({ schema, value }) => {
  expect(schemaProblems(schema, value)).toEqual([]);
});

test('shows an example of every parameter, body and answer', () => {
  const shown = examplesIn().map(({ schema }) => schema.pointer);
  const unshown = operations.flatMap(({ parameters, body, responses }) => [
    ...parameters.filter(({ example }) => example === undefined).map(({ name }) => name),
    ...[body, ...[...responses.values()].flatMap(schemasOf)].filter(
      (schema) => schema && !shown.includes(schema.pointer),
    ),
  ]);
  expect(unshown).toEqual([]);
});

const schemasOf = (response: Parameters<typeof child>[0]) =>
  Object.keys(Object(at(response.value, 'content'))).map((type) => child(response, 'content', type, 'schema'));

const placeExample = examplesIn().find(({ where }) =>
  /locations~1%7BplaceId%7D\/get\/responses\/200/.test(where),
)?.value;
const place = JSON.stringify(placeExample);

type Answer = Parameters<typeof answerProblems>;

test.each<[what: string, ...Answer]>([
  ['an answer as documented', 'GET', '/locations/a1', 200, 'application/json', place],
  [
    "a path below the server's, with a query",
    'GET',
    '/api/locations/a1?x=1',
    200,
    'application/json; charset=utf-8',
    place,
  ],
  ['an answer without a body', 'DELETE', '/me', 204, null, ''],
  ['a refusal by API Gateway', 'GET', '/images', 401, 'application/json', '{"message":"Unauthorized"}'],
])('finds nothing wrong with %s', (_, ...answer) => {
  expect(answerProblems(...answer)).toEqual([]);
});

test.each<[what: string, problem: RegExp, ...Answer]>([
  ['an unknown path', /not in the document/, 'GET', '/places/a1', 200, 'application/json', place],
  ['an unknown method', /not in the document/, 'PUT', '/locations/a1', 200, 'application/json', place],
  ['an unknown status', /418 is not documented/, 'GET', '/locations/a1', 418, 'application/json', place],
  ['another media type', /"text\/html"/, 'GET', '/locations/a1', 200, 'text/html', place],
  ['no media type', /""/, 'GET', '/locations/a1', 200, null, place],
  ['broken JSON', /no JSON/, 'GET', '/locations/a1', 200, 'application/json', place.slice(1)],
  ['a body where none belongs', /has a body/, 'DELETE', '/me', 204, null, '{}'],
  [
    'a missing field',
    /must have required property 'lat'/,
    'GET',
    '/locations/a1',
    200,
    'application/json',
    '{"lng":0}',
  ],
  [
    'a field too many',
    /"owner"/,
    'GET',
    '/locations/a1',
    200,
    'application/json',
    JSON.stringify({ ...Object(placeExample), owner: 'me' }),
  ],
  [
    "another status's problem",
    /problem:not-found/,
    'GET',
    '/locations/a1',
    404,
    'application/problem+json',
    '{"type":"urn:happy-path:problem:conflict","title":"No","status":409}',
  ],
])('finds %s', (_, problem, ...answer) => {
  expect(answerProblems(...answer).join('\n')).toMatch(problem);
});
