import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { GetCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import {
  type UploadCompleteDetail,
  uploadCompleteDetail,
  uploadCompleteDetailType,
  uploadCompleteSource,
} from '@happy-path/photos/upload-complete';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { at, entries, isRecord } from '../template/json.ts';
import { eventSourcesOf } from '../template/sam-template.ts';
import {
  arrangeSuccess,
  aws,
  callsToAws,
  handlerFile,
  request,
  setEnvironment,
  storedPhoto,
  template,
} from './backend-functions.ts';
import { operations } from './open-api.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const event = read('events/backend/uploadComplete.v1.json');
const schema = read('events/backend/uploadComplete.v1.schema.json');
const detail: UploadCompleteDetail = event.detail;

beforeAll(() => {
  setEnvironment();
  Object.assign(process.env, { MAX_PIXELS: '60000000', MIN_SIDE_PX: '32' });
});
beforeEach(arrangeSuccess);

/** Calls a function's real handler with its sample. */
async function invoke(service: string, name: string, sample = name): Promise<unknown> {
  const { handler } = await import(`../../services/${service}/src/handlers/${name}.ts`);
  return handler(read(`events/invoke/${service}/${sample}.json`), { getRemainingTimeInMillis: () => 60_000 });
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

test("S3's own test event changes nothing", async () => {
  await invoke('backend', 'on-upload', 'on-upload.s3-test-event');
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

test('the state machine gives its tasks what their samples hold', () => {
  const { States } = read('statemachines/v1.asl.json');
  expect(States.Claim.Assign.photo).toBe('{% $states.input.detail %}');
  expect(States.Resizer.Arguments.Payload).toBe('{% $photo %}');
  expect(read('events/invoke/workflow-v1/resize-photo.json')).toEqual(detail);
  const publication = read('events/invoke/workflow-v1/publish-photo.json');
  expect(Object.keys(publication).sort()).toEqual(Object.keys(States.Publish.Arguments.Payload).sort());
  expect(publication).toMatchObject({ photoId: detail.ID, correlationId: detail.correlationId });
});

test('resize-photo takes its sample', async () => {
  aws.s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'gone', $metadata: {} }));
  expect(await invoke('workflow-v1', 'resize-photo')).toEqual({ outcome: 'WITHDRAWN' });
  const { bucket, key, versionId } = detail;
  expect(callsToAws()).toEqual([{ Bucket: bucket, Key: key, VersionId: versionId }]);
});

test('publish-photo takes its sample', async () => {
  const { executionId } = read('events/invoke/workflow-v1/publish-photo.json');
  aws.dynamo.on(GetCommand).resolves({ Item: { ...storedPhoto, objStatus: 'PROCESSING', executionId } });
  expect(await invoke('workflow-v1', 'publish-photo')).toEqual({ outcome: 'PUBLISHED' });
  expect(aws.dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
});
