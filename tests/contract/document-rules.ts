import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { at, textsIn } from '../template/json.ts';
import { eventSourcesOf, ofType, type Template, targetOf } from '../template/sam-template.ts';
import { child, type OpenApi } from './open-api.ts';

const source = readFileSync(join(import.meta.dirname, '../../shared/http-api/src/route.ts'), 'utf8');

/** What every OpenAPI document must keep: it is valid, shows examples, and tells the truth about template and code. */
export function describeDocument({ document, examples, operations, schemaProblems }: OpenApi, template: Template) {
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
        isPublic: authorizerOf(template, properties) === 'NONE',
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
    const inCode = [...source.matchAll(/problemAnswer\((\d+), '([^']+)', '([^']+)'/g)].map(
      ([, status, slug, title]) => ({
        status: Number(status),
        type: `urn:happy-path:problem:${slug}`,
        title,
      }),
    );
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
    const documented = textsIn(at(document, 'components.schemas.Problem.properties.type.enum'));

    expect(documented).not.toEqual([]);
    expect(new Set(types).size).toBe(types.length);
    // No service gives all of them.
    expect(distinct(inAnswers)).toEqual(distinct(inCode.filter(({ type }) => documented.includes(type))));
  });

  test('names a problem by the status it is answered with', () => {
    for (const { responses } of operations)
      for (const [status, response] of responses) {
        const problem = child(response, 'content', 'application/problem+json', 'schema', 'properties', 'status');
        if (problem) expect(at(problem.value, 'const')).toBe(Number(status));
      }
  });

  test.each(examples)('$where is valid', ({ schema, value }) => {
    expect(schemaProblems(schema, value)).toEqual([]);
  });

  test('shows an example of every parameter, body and answer', () => {
    const shown = examples.map(({ schema }) => schema.pointer);
    const unshown = operations.flatMap(({ parameters, body, responses }) => [
      ...parameters.filter(({ example }) => example === undefined).map(({ name }) => name),
      ...[body, ...[...responses.values()].flatMap(schemasOf)].filter(
        (schema) => schema && !shown.includes(schema.pointer),
      ),
    ]);
    expect(unshown).toEqual([]);
  });
}

const distinct = (values: readonly unknown[]) => [...new Set(values.map((value) => JSON.stringify(value)))].sort();

const schemasOf = (response: Parameters<typeof child>[0]) =>
  Object.keys(Object(at(response.value, 'content'))).map((type) => child(response, 'content', type, 'schema'));

/** The authorizer of a route: its own, or else its API's. */
function authorizerOf(template: Template, properties: unknown): unknown {
  const api = ofType(template, 'AWS::Serverless::HttpApi').find(({ id }) => id === targetOf(at(properties, 'ApiId')));
  return at(properties, 'Auth.Authorizer') ?? at(api?.properties, 'Auth.DefaultAuthorizer') ?? 'NONE';
}
