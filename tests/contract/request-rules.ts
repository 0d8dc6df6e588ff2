import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { at, items } from '../template/json.ts';
import { boundariesOf } from './boundaries.ts';
import type { ApiFunctions, Received, Sent } from './functions.ts';
import { child, type OpenApi, type Operation, type Parameter } from './open-api.ts';

/**
 * The document's rules against the real handlers: what the document allows is taken up to its limits, and what it forbids
 * is refused just behind them.
 */
export function describeRequestRules({ answerProblems, operations, schemaProblems }: OpenApi, functions: ApiFunctions) {
  const { arrangeSuccess, callsToAws, forgetCalls, request, sampleOf, setEnvironment } = functions;

  beforeAll(setEnvironment);
  beforeEach(arrangeSuccess);

  type Send = (value: unknown) => Promise<Received>;

  async function answerTo(operation: Operation, sent: Sent): Promise<Received> {
    forgetCalls();
    const received = await request(operation, sent);
    const { status, headers, body } = received;
    const { rawPath } = sampleOf(operation.id);
    expect(answerProblems(operation.method, rawPath, status, String(headers['content-type']), body)).toEqual([]);
    return received;
  }

  async function expectTaken(values: readonly unknown[], send: Send, status: unknown): Promise<void> {
    expect(values).not.toEqual([]);
    for (const value of values) expect(await send(value), JSON.stringify(value)).toMatchObject({ status });
  }

  const errorsOf = (body: string) => (body === '' ? [] : items(at(JSON.parse(body), 'errors')));

  /** Refused means: answered 400, naming the field, before anything was read or stored. */
  async function expectRefused(field: string, values: readonly unknown[], send: Send): Promise<void> {
    expect(values).not.toEqual([]);
    for (const value of values) {
      const { status, body } = await send(value);
      const fields = errorsOf(body).map((problem) => at(problem, 'field'));
      expect({ status, fields, calls: callsToAws() }, JSON.stringify(value)).toEqual({
        status: 400,
        fields: expect.arrayContaining([field]),
        calls: [],
      });
    }
  }

  /** A refused value is told what would have been right: no more and no fewer members than documented. */
  async function expectMembersNamed(schema: unknown, send: Send): Promise<void> {
    const { body } = await send('none of them');
    const [problem] = errorsOf(body);
    expect(at(problem, 'rule')).toBe(`must be one of ${items(at(schema, 'enum')).join(', ')}`);
  }

  const isEnum = (schema: unknown) => at(schema, 'enum') !== undefined;
  const isCursor = ({ schema }: Parameter) => schema.pointer.endsWith('/Cursor');
  const hasDefault = ({ schema }: Parameter) => at(schema.value, 'default') !== undefined;
  const takesQuery = ({ parameters }: Operation) => parameters.some((parameter) => parameter.in === 'query');

  function parametersIn(position: Parameter['in'], isWanted = (_: Parameter) => true) {
    return operations.flatMap((operation) =>
      operation.parameters
        .filter((parameter) => parameter.in === position && isWanted(parameter))
        .map((parameter) => ({
          title: `${operation.method} ${operation.path} ${parameter.name}`,
          operation,
          parameter,
        })),
    );
  }

  /** The sample's query with one parameter set to the value, or without it. */
  function queryWith(operation: Operation, name: string, value: unknown): Sent {
    const { [name]: _, ...others } = sampleOf(operation.id).queryStringParameters ?? {};
    const query = Object.entries(others).flatMap(([key, given]) =>
      given === undefined ? [] : [[key, given] as const],
    );
    return { query: Object.fromEntries(value === undefined ? query : [...query, [name, String(value)]]) };
  }

  describe.each(parametersIn('query'))('$title', ({ operation, parameter }) => {
    const { name, isRequired, schema, example } = parameter;
    const send: Send = (value) => answerTo(operation, queryWith(operation, name, value));

    test(isRequired ? 'must be given' : 'may be left out', () =>
      isRequired ? expectRefused(name, [undefined], send) : expectTaken([undefined], send, 200),
    );

    test('takes the example', () => expectTaken([example], send, 200));

    if (isCursor(parameter)) return;
    const { accepted, refused } = boundariesOf(schema.value);

    test('takes values up to its limits', () => expectTaken(accepted, send, 200));

    test('refuses values behind them', () => expectRefused(name, refused, send));

    if (isEnum(schema.value)) test('has no other members', () => expectMembersNamed(schema.value, send));
  });

  test.each(parametersIn('query', hasDefault))('$title has the default', async ({ operation, parameter }) => {
    const { name, schema } = parameter;
    // The other limits must not hide what this one does.
    const others = operation.parameters
      .filter((other) => other.in === 'query' && (other.isRequired || hasDefault(other)))
      .map((other) => [other.name, String(other.isRequired ? other.example : at(other.schema.value, 'maximum'))]);
    const { [name]: _, ...query } = Object.fromEntries(others);
    const outcome = async (own: Record<string, string>) => {
      const { status, body } = await answerTo(operation, { query: { ...query, ...own } });
      return { status, body, calls: callsToAws() };
    };
    const byDefault = await outcome({});
    expect(byDefault.status).toBe(200);
    expect(byDefault).toEqual(await outcome({ [name]: String(at(schema.value, 'default')) }));
    expect(byDefault).not.toEqual(await outcome({ [name]: String(at(schema.value, 'minimum')) }));
  });

  describe.each(parametersIn('query', isCursor))('$title', ({ operation, parameter: { name, schema, example } }) => {
    const send: Send = (value) => answerTo(operation, queryWith(operation, name, value));
    const maxLength = Number(at(schema.value, 'maxLength'));
    const position = Buffer.from(String(example), 'base64url').toString();
    /** The example's position, lengthened by the blanks that JSON allows. */
    const cursorOfLength = (length: number) => Buffer.from(position.padEnd((length * 3) / 4)).toString('base64url');

    test('takes the cursor of an answer', async () => {
      const { body } = await send(undefined);
      const cursor = at(JSON.parse(body), 'cursor');
      expect(cursor).toEqual(expect.any(String));
      await expectTaken([cursor], send, 200);
    });

    test('takes one of the greatest length', async () => {
      const longest = cursorOfLength(maxLength);
      expect(longest).toHaveLength(maxLength);
      await expectTaken([longest], send, 200);
    });

    test.each([
      ['a longer one', cursorOfLength(maxLength + 4)],
      ['what is no cursor', 'next'],
      ['a position of another kind', Buffer.from('{"page":2}').toString('base64url')],
    ])('refuses %s', async (_, cursor) => {
      const { status, body } = await send(cursor);
      expect({ status, errors: errorsOf(body), calls: callsToAws() }).toEqual({
        status: 400,
        errors: [{ field: name, rule: 'must be a cursor this API gave' }],
        calls: [],
      });
    });
  });

  test.each(operations.filter(takesQuery))('$method $path refuses an unknown query parameter', (operation) =>
    expectRefused('offset', ['3'], (value) => answerTo(operation, queryWith(operation, 'offset', value))),
  );

  describe.each(parametersIn('path'))('$title', ({ operation, parameter: { name, schema, example } }) => {
    const { accepted, refused } = boundariesOf(schema.value);
    const send: Send = (value) => answerTo(operation, { path: { [name]: String(value) } });

    test('takes values up to its limits', () =>
      expectTaken([...accepted, example], send, operation.method === 'DELETE' ? 204 : 200));

    test('refuses values behind them', () => expectRefused(name, refused, send));
  });

  const headersTested = ['Idempotency-Key', 'X-Correlation-Id'];

  describe.each(parametersIn('header', ({ name }) => name === headersTested[0]))(
    '$title',
    ({ operation, parameter }) => {
      const { name, schema, example } = parameter;
      const { accepted, refused } = boundariesOf(schema.value);
      const send: Send = (value) => answerTo(operation, { headers: { [name.toLowerCase()]: String(value) } });

      test('takes values up to its limits', () => expectTaken([...accepted, example], send, 201));

      test('refuses values behind them', () => expectRefused(name, refused, send));
    },
  );

  describe.each(parametersIn('header', ({ name }) => name === headersTested[1]))(
    '$title',
    ({ operation, parameter }) => {
      const { name, schema, example } = parameter;
      const { accepted, refused } = boundariesOf(schema.value);
      const echoOf = async (id: unknown) => {
        const { headers } = await answerTo(operation, { headers: { [name.toLowerCase()]: String(id) } });
        return headers[name.toLowerCase()];
      };

      test('is followed up to its limits', async () => {
        for (const id of [...accepted, example]) expect(await echoOf(id)).toBe(id);
      });

      test('may be the id that an answer gave', async () => {
        const { headers } = await answerTo(operation, {});
        expect(schemaProblems(schema, headers[name.toLowerCase()])).toEqual([]);
      });

      test('is ignored behind them', async () => {
        const { requestId } = sampleOf(operation.id).requestContext;
        for (const id of refused) expect(await echoOf(id), JSON.stringify(id)).toBe(requestId);
      });
    },
  );

  test('no other header is documented', () => {
    const names = parametersIn('header').map(({ parameter }) => parameter.name);
    expect([...new Set(names)].sort()).toEqual(headersTested);
  });

  const bodies = operations.flatMap((operation) => {
    const { id, method, path, body } = operation;
    const sample = body && JSON.parse(sampleOf(id).body ?? '');
    const maxBytes = Number(/At most (\d+) bytes/.exec(String(operation.bodyDescription))?.[1]);
    return body === undefined ? [] : [{ title: `${method} ${path}`, operation, schema: body, sample, maxBytes }];
  });

  describe.each(bodies)('$title', ({ operation, sample, maxBytes }) => {
    const send: Send = (body) => answerTo(operation, { body: String(body) });

    test('refuses an unknown field', () => expectRefused('owner', [JSON.stringify({ ...sample, owner: 'me' })], send));

    test.each([
      ['must be JSON', ['', '{', 'name=Park']],
      ['must be an object', ['null', '[]', '"Park"', '1']],
    ])('%s', async (rule, values) => {
      await expectRefused('body', values, send);
      for (const value of values) expect(errorsOf((await send(value)).body)).toEqual([{ field: 'body', rule }]);
    });

    test('takes as many bytes as documented', async () => {
      const json = JSON.stringify(sample);
      const largest = json + ' '.repeat(maxBytes - Buffer.byteLength(json));
      await expectTaken([largest], send, 201);
      await expectRefused('body', [`${largest} `], send);
    });
  });

  const fields = bodies.flatMap(({ title, operation, schema, sample }) =>
    Object.keys(Object(at(schema.value, 'properties'))).map((name) => ({
      title: `${title} ${name}`,
      operation,
      sample,
      name,
      isRequired: items(at(schema.value, 'required')).includes(name),
      schema: child(schema, 'properties', name)?.value,
    })),
  );

  describe.each(fields)('$title', ({ operation, sample, name, isRequired, schema }) => {
    const { accepted, refused } = boundariesOf(schema);
    const send: Send = (value) => answerTo(operation, { body: JSON.stringify({ ...sample, [name]: value }) });

    test(isRequired ? 'must be given' : 'may be left out', () =>
      isRequired ? expectRefused(name, [undefined], send) : expectTaken([undefined], send, 201),
    );

    test('takes values up to its limits', () => expectTaken(accepted, send, 201));

    test('refuses values behind them', () =>
      expectRefused(
        name,
        [...refused, null, ['number', 'integer'].includes(String(at(schema, 'type'))) ? '1' : 1],
        send,
      ));

    if (isEnum(schema)) test('has no other members', () => expectMembersNamed(schema, send));
  });
}
