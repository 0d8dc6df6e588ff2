import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { GetCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { rejectionReasons } from '@happy-path/photos/photo-record';
import {
  type UploadCompleteDetail,
  uploadCompleteDetail,
  uploadCompleteDetailType,
  uploadCompleteSource,
} from '@happy-path/photos/upload-complete';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { handlerName, logicalId } from '../../tools/handler-file.ts';
import { at, entries, isRecord } from '../template/json.ts';
import { eventSourcesOf, functionsOf, parseTemplate, stateMachinesOf } from '../template/sam-template.ts';
import {
  arrangeSuccess,
  aws,
  callsToAws,
  forgetCalls,
  request,
  setEnvironment,
  storedPhoto,
  template,
} from './backend-functions.ts';
import { handlerFile } from './functions.ts';
import { openApiOf } from './open-api.ts';

const { operationOf, operations } = openApiOf('backend');
const root = join(import.meta.dirname, '../..');
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const event = read('events/backend/uploadComplete.v1.json');
const schema = read('events/backend/uploadComplete.v1.schema.json');
const detail: UploadCompleteDetail = event.detail;

beforeAll(setEnvironment);
beforeEach(arrangeSuccess);

/** Calls a function's real handler, with its sample unless something else is given. */
async function invoke(service: string, name: string, input = read(`events/invoke/${service}/${name}.json`)) {
  const { handler } = await import(`../../services/${service}/src/handlers/${name}.ts`);
  return handler(input, { getRemainingTimeInMillis: () => 60_000 });
}

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(schema);

test('the sample of uploadComplete is what its schema and its consumers take', () => {
  expect(validate(event), ajv.errorsText(validate.errors)).toBe(true);
  expect(z.parse(uploadCompleteDetail, detail)).toEqual(detail);
  expect(event).toMatchObject({ source: uploadCompleteSource, 'detail-type': uploadCompleteDetailType });
});

test('the schema of uploadComplete has the rules of the code, field by field', () => {
  const { $schema: _, ...inCode } = z.toJSONSchema(uploadCompleteDetail);
  expect(withoutDescriptions(schema.properties.detail)).toEqual(inCode);
});

const withoutDescriptions = (value: unknown): unknown =>
  isRecord(value)
    ? Object.fromEntries(
        entries(value).flatMap(([key, inner]) =>
          key === 'description' && typeof inner === 'string' ? [] : [[key, withoutDescriptions(inner)]],
        ),
      )
    : value;

test.each([
  ['another version of the envelope', { version: '1' }],
  ['another source', { source: 'custom.happypath' }],
  ['no time', { time: undefined }],
  ['an unknown field in the detail', { detail: { ...detail, owner: 'me' } }],
])('the schema of uploadComplete refuses %s', (_, change) => {
  expect(validate(JSON.parse(JSON.stringify({ ...event, ...change })))).toBe(false);
});

test('the backend emits uploadComplete as its sample shows, when the upload of the sample arrives', async () => {
  const { ID: photoId, versionId, etag, size, contentType, placeId, correlationId } = detail;
  const row = { ...storedPhoto, photoId, versionId, etag, size, contentType, placeId, correlationId };
  aws.dynamo.on(UpdateCommand).resolves({ Attributes: { ...row, objStatus: 'UPLOADED' } });
  await invoke('backend', 'on-upload');

  const [update] = aws.dynamo.commandCalls(UpdateCommand);
  expect(update?.args[0].input).toMatchObject({
    Key: { PK: `photo#${photoId}` },
    ExpressionAttributeValues: { ':versionId': versionId, ':etag': etag },
  });
  const emitted = aws.eventBridge.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
  expect(emitted.map(({ Detail = '', ...entry }) => ({ ...entry, Detail: JSON.parse(Detail) }))).toEqual([
    { EventBusName: 'bus', Source: event.source, DetailType: event['detail-type'], Detail: detail },
  ]);
});

/** The stream record of the photo's end, as the backend's sample has it; with this in its row. */
function endOfSample(given: Record<string, string> = {}) {
  const [end, ...others] = read('events/invoke/backend/on-table-change.json').Records;
  for (const [name, value] of Object.entries(given)) end.dynamodb.NewImage[name] = { S: value };
  return { Records: [end, ...others] };
}

describe.each(['PhotoPublished', 'PhotoRejected'])('%s', (type) => {
  const photoEvent = read(`events/backend/${type}.v1.json`);
  const isValid = ajv.compile(read(`events/backend/${type}.v1.schema.json`));
  const { reason, reasonDetail } = photoEvent.detail;
  const batch = endOfSample(type === 'PhotoRejected' ? { objStatus: 'REJECTED', reason, reasonDetail } : {});

  /** What the backend puts on the bus, with its real handler. */
  async function emitted(event: unknown) {
    const { handler } = await import('../../services/backend/src/handlers/on-table-change.ts');
    expect(await handler(event, {} as Context)).toEqual({ batchItemFailures: [] });
    return aws.eventBridge.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
  }

  test('is emitted as its sample shows, when the photo of the sample ends', async () => {
    const [entry, ...others] = await emitted(batch);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ EventBusName: 'bus', Source: photoEvent.source, DetailType: type });
    expect(JSON.parse(entry?.Detail ?? '')).toEqual(photoEvent.detail);
    expect(isValid(photoEvent), ajv.errorsText(isValid.errors)).toBe(true);
  });

  test.each([
    ['an unknown field in the detail', { owner: 'me' }],
    ['another version', { version: 2 }],
    ['no correlation id', { correlationId: undefined }],
    ['no event id', { eventId: undefined }],
  ])('with %s is refused by its schema', (_, change) => {
    const changed = { ...photoEvent, detail: { ...photoEvent.detail, ...change } };
    expect(isValid(JSON.parse(JSON.stringify(changed)))).toBe(false);
  });
});

test('every reason of a refusal may stand in PhotoRejected', () => {
  const { reason } = read('events/backend/PhotoRejected.v1.schema.json').properties.detail.properties;
  expect(reason.enum).toEqual(rejectionReasons);
});

test("what is pushed to browsers is what the API answers about the sample's photo", async () => {
  const { handler } = await import('../../services/backend/src/handlers/on-table-change.ts');
  await handler(endOfSample(), {} as Context);
  const pushed = new Map(
    aws.iotData
      .commandCalls(PublishCommand)
      .map(({ args: [{ input }] }) => [input.topic, JSON.parse(Buffer.from(input.payload as Uint8Array).toString())]),
  );
  const { photos } = JSON.parse((await request(operationOf('getLocationPhotos'))).body);
  expect(pushed.get(`hp/dev/places/${detail.placeId}`)).toEqual(photos[0]);
  const { createdAt: _, ...status } = JSON.parse((await request(operationOf('getImage'))).body);
  expect(Object.keys(pushed.get(`hp/dev/photos/${detail.ID}`))).toEqual(
    Object.keys(status).filter((name) => !name.startsWith('reason')),
  );
});

test('AccountDeleted is emitted as its sample shows, when the account of the samples is deleted', async () => {
  const accountDeleted = read('events/backend/AccountDeleted.v1.json');
  const isValid = ajv.compile(read('events/backend/AccountDeleted.v1.schema.json'));
  await request(operationOf('deleteMe'));
  const emitted = aws.eventBridge.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
  expect(emitted.map(({ Detail = '', ...entry }) => ({ ...entry, Detail: JSON.parse(Detail) }))).toEqual([
    {
      EventBusName: 'bus',
      Source: accountDeleted.source,
      DetailType: 'AccountDeleted',
      Detail: accountDeleted.detail,
    },
  ]);
  expect(isValid(accountDeleted), ajv.errorsText(isValid.errors)).toBe(true);
});

test("S3's own test event changes nothing", async () => {
  await invoke('backend', 'on-upload', read('events/invoke/backend/on-upload.s3-test-event.json'));
  expect(callsToAws()).toEqual([]);
});

test('the schedule of the sample is the one of the template', () => {
  const names = eventSourcesOf(template)
    .filter(({ type }) => type === 'ScheduleV2')
    .map(({ properties }) => String(at(properties, 'Name.Fn::Sub')).replace(/\$\{Stage\}/, 'dev'));
  const { resources } = read('events/invoke/backend/on-sweep-schedule.json');
  expect(names).toEqual([resources[0].split('/').at(-1)]);
});

test('on-sweep-schedule takes its sample', async () => {
  aws.dynamo.on(QueryCommand).resolves({ Items: [] });
  await expect(invoke('backend', 'on-sweep-schedule')).resolves.toBeUndefined();
  expect(aws.dynamo.commandCalls(QueryCommand)).not.toEqual([]);
});

test.each(operations)('the sample of $id is a request to $method $path', async (operation) => {
  const sample = read(`events/invoke/backend/${handlerFile(operation.id)}.json`);
  const { method, path, isPublic } = operation;
  expect(sample.routeKey).toBe(`${method} ${path}`);
  expect(sample.requestContext).toMatchObject({ routeKey: sample.routeKey, http: { method, path: sample.rawPath } });
  expect(sample.rawPath).toBe(
    path.replace(/\{(\w+)\}/g, (_, name: string) => String(at(sample, `pathParameters.${name}`))),
  );
  expect(Object.fromEntries(new URLSearchParams(sample.rawQueryString))).toEqual(sample.queryStringParameters ?? {});
  expect(at(sample, 'requestContext.authorizer') === undefined).toBe(isPublic);
  expect((await request(operation)).status).toBeLessThan(300);
});

/** What is stamped on photos is a service's name: every folder of that kind is a version of the workflow. */
const workflows = readdirSync(join(root, 'services')).filter((name) => name.startsWith('workflow-'));

test('every workflow version is here', () => {
  expect(workflows).toEqual(expect.arrayContaining(['workflow-v1', 'workflow-v2', 'workflow-v3', 'workflow-v4']));
});

describe.each(workflows)('%s', (service) => {
  const path = `services/${service}/template.yaml`;
  const workflow = parseTemplate(path, readFileSync(join(root, path), 'utf8'));
  const [machine] = stateMachinesOf(workflow);
  const { States } = read(join('services', service, String(at(machine?.properties, 'DefinitionUri'))));

  const handlers = functionsOf(workflow).map(({ id }) => handlerName(id));
  /** Each task with its state's payload, as the definition has it. */
  const tasks = handlers.flatMap((name) =>
    entries(States).flatMap(([, state]) => {
      const called = at(state, 'Arguments.FunctionName');
      return called === `\${${logicalId(name)}Arn}` ? [{ name, payload: at(state, 'Arguments.Payload') }] : [];
    }),
  );
  const photoTasks = tasks.filter(({ name }) => name !== 'publish-photo');
  const sampleOf = (name: string) => read(`events/invoke/${service}/${name}.json`);
  const stamped = { ...detail, workflow: service };

  /** A function of its own, with the defaults of the template: it reads them when it is imported. */
  function start(name: string): void {
    vi.resetModules();
    vi.unstubAllEnvs();
    const started = functionsOf(workflow).find(({ id }) => id === logicalId(name));
    for (const [variable, value] of entries(at(started?.properties, 'Environment.Variables'))) {
      const parameter = at(workflow.body, `Parameters.${at(value, 'Ref')}`);
      if (['String', 'Number'].includes(String(at(parameter, 'Type'))))
        vi.stubEnv(variable, String(at(parameter, 'Default')));
    }
  }
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  test('runs each of its functions, and each has a sample', () => {
    expect([...new Set(tasks.map(({ name }) => name))]).toEqual(handlers);
    const samples = readdirSync(join(root, 'events/invoke', service)).map((file) => file.split('.')[0] ?? '');
    expect([...new Set(samples)].toSorted()).toEqual(handlers.toSorted());
  });

  test('gives its tasks what their samples hold', () => {
    expect(States.Claim.Assign.photo).toBe('{% $states.input.detail %}');
    for (const { name, payload } of photoTasks) {
      expect(payload).toBe('{% $photo %}');
      expect(sampleOf(name)).toEqual(stamped);
    }
    const publication = sampleOf('publish-photo');
    expect(Object.keys(publication).sort()).toEqual(Object.keys(States.Publish.Arguments.Payload).sort());
    expect(publication).toMatchObject({ photoId: detail.ID, correlationId: detail.correlationId });
    expect(publication.executionId).toContain(service);
  });

  test.each(photoTasks)('$name takes its sample, and the photo of uploadComplete as it is', async ({ name }) => {
    start(name);
    aws.s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'gone', $metadata: {} }));
    const { bucket, key, versionId } = detail;
    for (const input of [sampleOf(name), detail, { ...stamped, addedByANewerBackend: true }]) {
      forgetCalls();
      expect(await invoke(service, name, input)).toEqual({ outcome: 'WITHDRAWN' });
      expect(callsToAws()).toMatchObject([{ Bucket: bucket, Key: key, VersionId: versionId }]);
    }
  });

  test('publish-photo takes its sample', async () => {
    start('publish-photo');
    const { executionId } = sampleOf('publish-photo');
    aws.dynamo.on(GetCommand).resolves({ Item: { ...storedPhoto, objStatus: 'PROCESSING', executionId } });
    expect(await invoke(service, 'publish-photo')).toEqual({ outcome: 'PUBLISHED' });
    expect(aws.dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
  });
});
