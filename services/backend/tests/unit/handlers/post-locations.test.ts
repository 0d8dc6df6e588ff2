import '../environment.ts';

import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { call, refusalOf } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/post-locations.ts';

captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
/** The places that are stored, by their key. */
const table = new Map<string, Record<string, unknown>>();
/** How many places each owner has added. */
const added = new Map<string, number>();
let isAccountClosed = false;
const gardens = {
  name: "Queen Mary's Rose Gardens",
  type: 'park',
  lat: 51.5273,
  lng: -0.1536,
  address: 'Inner Circle, London NW1 4NR',
};
const retried = { 'idempotency-key': '4f1d7a52-0c5e-4c39-9f0a-2a6f4e1b7c88' };

beforeEach(() => {
  table.clear();
  added.clear();
  isAccountClosed = false;
  dynamo.reset();
  // Like the table: all writes or none, and for each of them whether its condition held.
  dynamo.on(TransactWriteCommand).callsFake(({ TransactItems: [{ Update }, , { Put }] }) => {
    const count = added.get(Update.Key.PK) ?? 0;
    const failed = [count >= Update.ExpressionAttributeValues[':limit'], isAccountClosed, table.has(Put.Item.PK)];
    if (failed.includes(true))
      throw new TransactionCanceledException({
        $metadata: {},
        message: 'Transaction cancelled',
        CancellationReasons: failed.map((hasFailed) => ({ Code: hasFailed ? 'ConditionalCheckFailed' : 'None' })),
      });
    added.set(Update.Key.PK, count + 1);
    table.set(Put.Item.PK, Put.Item);
    return {};
  });
  dynamo.on(GetCommand).callsFake(({ Key }) => ({ Item: table.get(Key.PK) }));
});

describe('POST /locations', () => {
  it('adds a place and says where it is', async () => {
    const { status, headers, body } = await call(handler, { body: gardens });

    expect(status).toBe(201);
    expect(body).toEqual({ placeId: expect.stringMatching(/^[0-9a-f]{24}$/), ...gardens });
    expect(headers['location']).toBe(`locations/${(body as { placeId: string }).placeId}`);
  });

  it('stores the place where a search around it looks', async () => {
    await call(handler, { body: gardens });

    expect([...table.values()]).toMatchObject([
      { ...gardens, SK: 'listing', GSI1PK: 'geo#gcpvh', GSI1SK: expect.stringMatching(/^gcpvh.{4}#[0-9a-f]{24}$/) },
    ]);
  });

  it('takes text as people write it, without the blanks around it', async () => {
    const { body } = await call(handler, { body: { ...gardens, name: '  Cafe\u0301 <b>&amp;  ' } });

    expect(body).toMatchObject({ name: 'Caf\u00e9 <b>&amp;' });
  });

  it('needs a signed-in caller', async () => {
    expect(await call(handler, { body: gardens, subject: '' })).toMatchObject({ status: 500 });
    expect(table.size).toBe(0);
  });

  it('is refused for an account that was deleted, whose token still lives', async () => {
    isAccountClosed = true;

    expect(await call(handler, { body: gardens })).toMatchObject({
      status: 403,
      body: { type: 'urn:happy-path:problem:account-deleted' },
    });
    expect(table.size).toBe(0);
  });

  it('answers 429 and when to come back, once the caller has added 100 places on one day', async () => {
    const add = (subject: string) => call(handler, { body: gardens, subject });
    for (let n = 1; n <= 100; n += 1) expect(await add('ada')).toMatchObject({ status: 201 });

    const { status, headers, body } = await add('ada');

    expect({ status, body }).toMatchObject({
      status: 429,
      body: { type: 'urn:happy-path:problem:quota-exceeded', detail: 'At most 100 places a day' },
    });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(table.size).toBe(100);
    expect(await add('eve')).toMatchObject({ status: 201 });
  });

  it.each([
    { lat: 51.527312345, lng: -0.153612345, kept: { lat: 51.5273123, lng: -0.1536123 } },
    { lat: 51.52731235, lng: 179.99999999, kept: { lat: 51.5273124, lng: 180 } },
    { lat: 1e-300, lng: -1e-300, kept: { lat: 0, lng: 0 } },
    { lat: -0.00000004, lng: 0.00000006, kept: { lat: 0, lng: 0.0000001 } },
    { lat: 85, lng: -180, kept: { lat: 85, lng: -180 } },
  ])('keeps seven decimals of $lat, $lng', async ({ lat, lng, kept }) => {
    expect(await call(handler, { body: { ...gardens, lat, lng } })).toMatchObject({ status: 201, body: kept });

    const [{ lat: storedLat, lng: storedLng } = {}] = table.values();
    expect({ lat: storedLat, lng: storedLng }).toEqual(kept);
  });

  it('is a fault of ours when the table is away', async () => {
    dynamo.on(TransactWriteCommand).rejects(new Error('throttled'));

    expect(await call(handler, { body: gardens })).toMatchObject({ status: 500 });
  });
});

describe('a request that is sent again with its Idempotency-Key', () => {
  it('finds the place it added the first time', async () => {
    const first = await call(handler, { body: gardens, headers: retried });
    const second = await call(handler, { body: gardens, headers: retried });

    expect(second).toMatchObject({ status: 201, body: first.body, headers: { location: first.headers['location'] } });
    expect(table.size).toBe(1);
  });

  it('finds it however the body is written', async () => {
    const first = await call(handler, { body: { ...gardens, lat: 0 }, headers: retried });
    const { name, ...rest } = gardens;
    const second = await call(handler, { body: { ...rest, lat: -0, name: ` ${name} ` }, headers: retried });

    expect(second).toMatchObject({ status: 201, body: first.body });
  });

  it('finds it although the coordinates were sent with more decimals than are kept', async () => {
    const precise = { ...gardens, lat: 51.527312345678, lng: -0.153612345678 };
    const first = await call(handler, { body: precise, headers: retried });
    const second = await call(handler, { body: precise, headers: retried });

    expect(second).toMatchObject({ status: 201, body: first.body });
  });

  it('counts once, and is found even when the quota is used up', async () => {
    const first = await call(handler, { body: gardens, headers: retried });
    await call(handler, { body: gardens, headers: retried });
    expect([...added.values()]).toEqual([1]);

    for (const key of added.keys()) added.set(key, 100);

    expect(await call(handler, { body: gardens, headers: retried })).toMatchObject({ status: 201, body: first.body });
  });

  it.each(Object.entries({ name: 'Hyde Park', type: 'bar', lat: 51.5, lng: 0, address: 'Elsewhere' }))(
    'contradicts itself with another %s: nothing is changed',
    async (field, value) => {
      await call(handler, { body: gardens, headers: retried });

      const second = await call(handler, { body: { ...gardens, [field]: value }, headers: retried });

      expect(second).toMatchObject({ status: 409, body: { type: 'urn:happy-path:problem:conflict' } });
      expect([...table.values()]).toMatchObject([gardens]);
    },
  );

  it("does not find anybody else's place", async () => {
    await call(handler, { body: gardens, headers: retried, subject: 'ada' });
    await call(handler, { body: gardens, headers: retried, subject: 'eve' });

    expect(table.size).toBe(2);
  });

  it('adds another place when the key is another or there is none', async () => {
    await call(handler, { body: gardens, headers: retried });
    await call(handler, { body: gardens, headers: { 'idempotency-key': 'another' } });
    await call(handler, { body: gardens });
    await call(handler, { body: gardens });

    expect(table.size).toBe(4);
  });

  it.each(['', ' ', 'x'.repeat(101), 'tab\there', 'line\nbreak', '\u00e9'])(
    'is refused with the key %j',
    async (key) => {
      expect(await call(handler, { body: gardens, headers: { 'idempotency-key': key } })).toEqual(
        refusalOf('Idempotency-Key'),
      );
      expect(table.size).toBe(0);
    },
  );
});

describe('a place that breaks a rule', () => {
  const { name, type, lat, lng, address, ...nothing } = gardens;
  const without = [
    { field: 'name', body: { type, lat, lng, address } },
    { field: 'type', body: { name, lat, lng, address } },
    { field: 'lat', body: { name, type, lng, address } },
    { field: 'lng', body: { name, type, lat, address } },
    { field: 'address', body: { name, type, lat, lng } },
  ];
  const texts = ['', '   ', null, 7, ['x'], { x: 1 }, 'a\u0000b', 'a\u202eb', 'a\u2067b', 'two\nlines', '\u001b[2J'];
  const numbers = ['51.5', '', null, true, [51.5], {}];

  it.each([
    ...without,
    ...texts.map((value) => ({ field: 'name', body: { ...gardens, name: value } })),
    ...texts.map((value) => ({ field: 'address', body: { ...gardens, address: value } })),
    { field: 'name', body: { ...gardens, name: 'x'.repeat(121) } },
    { field: 'address', body: { ...gardens, address: 'x'.repeat(201) } },
    ...['', 'castle', 'Park', 7, null, 'constructor'].map((value) => ({
      field: 'type',
      body: { ...gardens, type: value },
    })),
    ...[...numbers, 85.0001, -85.00000001, 90, 1e300].map((value) => ({
      field: 'lat',
      body: { ...gardens, lat: value },
    })),
    ...[...numbers, 180.0001, -180.0001].map((value) => ({ field: 'lng', body: { ...gardens, lng: value } })),
    { field: 'placeId', body: { ...gardens, placeId: 'mine' } },
    { field: 'owner', body: { ...gardens, owner: 'eve' } },
    { field: 'PK', body: { ...gardens, PK: 'place#1' } },
    { field: 'name', body: nothing },
  ])('is refused for its $field and not stored: $body', async ({ field, body }) => {
    expect(await call(handler, { body })).toEqual(refusalOf(field));
    expect(dynamo.calls()).toHaveLength(0);
  });

  it.each(['1e999', '-1e999', 'NaN', 'Infinity', '0x33', '.5', '01'])('has no latitude like %s', async (number) => {
    const body = JSON.stringify(gardens).replace('51.5273', number);

    expect(await call(handler, { body })).toMatchObject({ status: 400 });
    expect(dynamo.calls()).toHaveLength(0);
  });

  it.each(['[]', 'null', '7', '"text"'])('is an object, not %s', async (body) => {
    expect(await call(handler, { body })).toEqual(refusalOf('body', 'must be an object'));
    expect(dynamo.calls()).toHaveLength(0);
  });

  it('is refused when it hides fields in its prototype', async () => {
    const body = `{"__proto__":${JSON.stringify(gardens)}}`;

    expect(await call(handler, { body })).toEqual(refusalOf('name'));
    expect(dynamo.calls()).toHaveLength(0);
  });

  it('is told all its broken rules at once', async () => {
    const { body } = await call(handler, { body: { ...gardens, lat: 91, lng: 181, name: '' } });

    const { errors } = body as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).toSorted()).toEqual(['lat', 'lng', 'name']);
  });
});
