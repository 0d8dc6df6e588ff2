import './environment.ts';

import { logger } from '@happy-path/runtime/observability';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  AccountDeletedError,
  ConflictError,
  NotFoundError,
  QuotaExceededError,
  ValidationError,
} from '../../src/errors.ts';
import { callerOf, parseBody, parsePath, parseQuery, route } from '../../src/route.ts';
import { apiEvent, call, refusalOf } from '../../src/testing.ts';

const output = captureOutput();
const succeeds = route(async () => ({ status: 200, body: { fine: true } }));
const failsWith = (error: unknown) => route(() => Promise.reject(error));

describe('an answer', () => {
  it('is JSON that nobody keeps', async () => {
    expect(await call(succeeds)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: { fine: true },
    });
  });

  it('has neither body nor content type when the route gives no body', async () => {
    const answer = await route(async () => ({ status: 204 }))(apiEvent(), context);

    expect(answer).not.toHaveProperty('body');
    expect(answer.headers).not.toHaveProperty('content-type');
  });

  it("takes the route's own headers over the usual ones", async () => {
    const cacheable = route(async () => ({ status: 200, headers: { 'cache-control': 'max-age=300' } }));

    expect((await call(cacheable)).headers).toMatchObject({ 'cache-control': 'max-age=300' });
  });
});

describe('the correlation id', () => {
  const echo = route(async ({ correlationId }) => ({ status: 200, body: correlationId }));

  it.each(['b7e1c2f4-3a5d-4e69-8c17-0d9f6a2b5e84', 'Jx4kZQ0zDoEEPGd=', 'abcdefgh', 'x'.repeat(64)])(
    'is the one that the caller gave: %s',
    async (given) => {
      const answer = await call(echo, { headers: { 'x-correlation-id': given } });

      expect(answer).toMatchObject({ body: given, headers: { 'x-correlation-id': given } });
    },
  );

  it.each([
    { given: 'none', headers: {} },
    { given: 'an empty one', headers: { 'x-correlation-id': '' } },
    { given: 'a short one', headers: { 'x-correlation-id': 'abcdefg' } },
    { given: 'a long one', headers: { 'x-correlation-id': 'x'.repeat(65) } },
    { given: 'a line break, which would forge a log line or header', headers: { 'x-correlation-id': 'abcdefgh\nijk' } },
    { given: 'an e-mail address', headers: { 'x-correlation-id': 'ada@example.org' } },
  ])("is the request's own when the caller gave $given", async ({ headers }) => {
    const answer = await call(echo, { headers });

    expect(answer).toMatchObject({ body: 'Jx4kZQ0zDoEEPGc=', headers: { 'x-correlation-id': 'Jx4kZQ0zDoEEPGc=' } });
  });

  it('is in every log line of its request, and in none of the next one', async () => {
    await call(succeeds, { headers: { 'x-correlation-id': 'first-request' } });
    await call(succeeds, { headers: { 'x-correlation-id': 'second-request' } });

    expect(output.entries().map((entry) => entry['correlationId'])).toEqual(['first-request', 'second-request']);
  });

  it('is all that a log line has of its request: what one request adds is gone with the next one', async () => {
    const adds = route(async () => {
      logger.appendKeys({ placeId: 'of-the-first-request' });
      return { status: 200 };
    });

    await call(adds);
    await call(succeeds);

    expect(output.entries().map((entry) => entry['placeId'])).toEqual(['of-the-first-request', undefined]);
  });

  it('is on the answer to a failure too', async () => {
    const answer = await call(failsWith(new Error('broken')), { headers: { 'x-correlation-id': 'abcdefgh' } });

    expect(answer.headers).toMatchObject({ 'x-correlation-id': 'abcdefgh' });
  });
});

describe('an error', () => {
  it.each([
    { error: new NotFoundError('There is no place x'), status: 404, slug: 'not-found' },
    { error: new ConflictError('Used for another place'), status: 409, slug: 'conflict' },
    { error: new AccountDeletedError(), status: 403, slug: 'account-deleted' },
    { error: new QuotaExceededError('At most 200 uploads a day', 60), status: 429, slug: 'quota-exceeded' },
  ])('of class $error.name is a problem document with status $status', async ({ error, status, slug }) => {
    expect(await call(failsWith(error))).toMatchObject({
      status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
      body: { type: `urn:happy-path:problem:${slug}`, title: expect.any(String), status, detail: error.message },
    });
  });

  it('has one title for its type, whatever is special about it', async () => {
    const titleFor = async (id: string) =>
      ((await call(failsWith(new NotFoundError(`There is no place ${id}`)))).body as { title: string }).title;

    expect(await titleFor('x')).toBe(await titleFor('y'));
  });

  it('of validation names each field and its rule', async () => {
    const errors = [
      { field: 'lat', rule: 'must be at most 90' },
      { field: 'name', rule: 'must not be blank' },
    ];

    expect(await call(failsWith(new ValidationError(errors)))).toMatchObject({ status: 400, body: { errors } });
  });

  it('of a used-up quota says when to come back', async () => {
    const { headers } = await call(failsWith(new QuotaExceededError('At most 200 uploads a day', 3600)));

    expect(headers).toMatchObject({ 'retry-after': '3600' });
  });

  it('that is our own fault is answered without a word about the inside', async () => {
    const fault = new TypeError('table happy-path-secret: access denied', { cause: new Error('role arn:aws:iam') });

    expect((await call(failsWith(fault))).body).toEqual({
      type: 'urn:happy-path:problem:internal',
      title: 'Something went wrong on our side',
      status: 500,
    });
  });

  it('that is our own fault is logged whole, with its cause, and counted', async () => {
    await call(failsWith(new TypeError('the table is away', { cause: new Error('the network too') })));

    const entries = output.entries();
    expect(entries).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        error: expect.objectContaining({
          name: 'TypeError',
          message: 'the table is away',
          stack: expect.stringContaining('route.test'),
          cause: expect.objectContaining({ message: 'the network too' }),
        }),
      }),
    );
    expect(entries).toContainEqual(expect.objectContaining({ ApiFaults: 1 }));
  });

  it("that is the caller's is neither logged as an error nor counted as a fault", async () => {
    await call(failsWith(new NotFoundError('There is no place x')));

    expect(output.entries().map((entry) => entry['level'])).toEqual(['INFO']);
  });

  it('that is no Error is a fault like any other', async () => {
    expect(await call(failsWith('a string'))).toMatchObject({ status: 500 });
  });

  it('leaves no count behind for the next request of the same warm function', async () => {
    await call(failsWith(new Error('broken')));
    await call(succeeds);

    expect(output.entries().filter((entry) => 'ApiFaults' in entry)).toHaveLength(1);
  });
});

describe('the caller', () => {
  const who = route(async ({ event }) => ({ status: 200, body: callerOf(event) }));

  it("is the verified token's subject", async () => {
    expect(await call(who, { subject: 'ada' })).toMatchObject({ body: 'ada' });
  });

  it('is never nobody: a route deployed without its authorizer fails', async () => {
    expect(await call(who, { subject: '' })).toMatchObject({ status: 500 });
    const { requestContext, ...event } = apiEvent();
    const { authorizer: _, ...unauthorized } = requestContext as typeof requestContext & { authorizer: unknown };
    expect(await who({ ...event, requestContext: unauthorized }, context)).toMatchObject({ statusCode: 500 });
  });
});

describe('a body', () => {
  const schema = z.strictObject({ name: z.string('must be text') });
  const takes = route(async ({ event }) => ({ status: 200, body: parseBody(schema, event) }));

  it('is JSON', async () => {
    expect(await call(takes, { body: { name: 'Rose Gardens' } })).toMatchObject({ body: { name: 'Rose Gardens' } });
  });

  it('may come base64-encoded, as API Gateway hands on what it takes for binary', async () => {
    const event = { ...apiEvent({ body: btoa('{"name":"Rose Gardens"}') }), isBase64Encoded: true };

    expect(await takes(event, context)).toMatchObject({ statusCode: 200, body: '{"name":"Rose Gardens"}' });
  });

  it.each([
    { what: 'nothing', body: undefined },
    { what: 'an empty text', body: '' },
    { what: 'half an object', body: '{"name":' },
    { what: 'a form', body: 'name=Rose+Gardens' },
    { what: 'NaN, which is JavaScript but no JSON', body: '{"name":NaN}' },
  ])('that is $what is refused', async ({ body }) => {
    expect(await call(takes, body === undefined ? {} : { body })).toEqual(refusalOf('body', 'must be JSON'));
  });

  it.each(['null', '[]', '"text"', '7', 'true'])('that is no object but %s is refused', async (body) => {
    expect(await call(takes, { body })).toEqual(refusalOf('body'));
  });

  it('of 8192 bytes is taken, one more byte is refused before it is parsed', async () => {
    const withBytes = (bytes: number) => JSON.stringify({ name: 'x'.repeat(bytes - '{"name":""}'.length) });

    expect(await call(takes, { body: withBytes(8192) })).toMatchObject({ status: 200 });
    expect(await call(takes, { body: withBytes(8193) })).toEqual(refusalOf('body', 'must be at most 8192 bytes'));
  });

  it('is measured in bytes, not in characters', async () => {
    expect(await call(takes, { body: JSON.stringify({ name: '\u20ac'.repeat(3000) }) })).toMatchObject({ status: 400 });
  });

  it.each(['__proto__', 'constructor', 'toString', 'admin'])('with the unknown field %s is refused', async (field) => {
    expect(await call(takes, { body: `{"name":"x","${field}":{"polluted":true}}` })).toEqual(
      refusalOf(field, 'is not known'),
    );
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('parameters', () => {
  const schema = z.strictObject({ id: z.string('must be given') });

  it('that are not there are refused by name', async () => {
    const query = route(async ({ event }) => ({ status: 200, body: parseQuery(schema, event) }));
    const path = route(async ({ event }) => ({ status: 200, body: parsePath(schema, event) }));

    expect(await call(query)).toEqual(refusalOf('id', 'must be given'));
    expect(await call(path)).toEqual(refusalOf('id', 'must be given'));
  });

  it('are all judged at once, not one after the other', async () => {
    const two = z.strictObject({ a: z.string('must be given'), b: z.string('must be given') });
    const query = route(async ({ event }) => ({ status: 200, body: parseQuery(two, event) }));

    expect(await call(query, { query: { c: '1' } })).toMatchObject({
      body: { errors: expect.arrayContaining(['a', 'b', 'c'].map((field) => expect.objectContaining({ field }))) },
    });
  });
});
