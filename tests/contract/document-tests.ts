import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { at, textsIn } from '../template/json.ts';
import { eventSourcesOf, ofType, parseTemplate, targetOf } from '../template/sam-template.ts';
import { type DocumentNode, openApi } from './open-api-document.ts';

const problemsOfCode = globSync('shared/http-api/src/**/*.ts', { cwd: join(import.meta.dirname, '../..') })
  .map((path) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8'))
  .flatMap((source) => [...source.matchAll(/problemAnswer\((\d+), '([^']+)', '([^']+)'/g)])
  .map(([, status, slug, title]) => ({ status: Number(status), type: `urn:happy-path:problem:${slug}`, title }));

/** Registers the tests that every service's document has to pass. */
export function testDocument(service: string): void {
  const { document, operations, child, examplesIn, schemaProblems } = openApi(service);
  const path = `services/${service}/template.yaml`;
  const template = parseTemplate(path, readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));

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
        isPublic: authorizerOf(properties) === 'NONE',
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

  test('knows the problem types of its answers, with the titles that the code gives them', () => {
    const answered = operations.flatMap(({ responses }) =>
      [...responses.values()].flatMap((response) => {
        const rules = child(response, 'content', 'application/problem+json', 'schema', 'properties')?.value;
        const constant = (name: string) => at(rules, `${name}.const`);
        return rules === undefined
          ? []
          : [{ status: constant('status'), type: constant('type'), title: constant('title') }];
      }),
    );
    expect(answered).not.toEqual([]);
    for (const problem of answered) expect(problemsOfCode).toContainEqual(problem);
    const types = [...new Set(answered.map(({ type }) => type))];
    expect(textsIn(at(document, 'components.schemas.Problem.properties.type.enum')).sort()).toEqual(types.sort());
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

  const schemasOf = (response: DocumentNode) =>
    Object.keys(Object(at(response.value, 'content'))).map((type) => child(response, 'content', type, 'schema'));

  function authorizerOf(properties: unknown): unknown {
    const api = ofType(template, 'AWS::Serverless::HttpApi').find(({ id }) => id === targetOf(at(properties, 'ApiId')));
    return at(properties, 'Auth.Authorizer') ?? at(api?.properties, 'Auth.DefaultAuthorizer') ?? 'NONE';
  }
}
