import '../environment.ts';

import { clearCaches } from '@aws-lambda-powertools/parameters';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/on-upload.ts';
import { photo, photoIdOf } from '../photo-world.ts';

const output = captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const eventBridge = mockClient(EventBridgeClient);
const ssm = mockClient(SSMClient);

const created = (...photoIds: readonly string[]) => ({
  Records: photoIds.map((photoId) => ({
    eventName: 'ObjectCreated:Put',
    s3: {
      bucket: { name: 'uploads-bucket' },
      object: { key: `uploads/${photoId}`, size: 7, eTag: 'e1', versionId: 'v1', sequencer: '0A' },
    },
  })),
});
const uploaded = (n: number) => photo({ photoId: photoIdOf(n), objStatus: 'UPLOADED', versionId: 'v1', etag: 'e1' });
const rowOf = (n: number) => ({ Key: { PK: `photo#${photoIdOf(n)}`, SK: 'workflow' } });

beforeEach(() => {
  clearCaches();
  for (const client of [dynamo, eventBridge, ssm]) client.reset();
  dynamo.on(UpdateCommand, rowOf(1)).resolves({ Attributes: uploaded(1) });
  dynamo.on(UpdateCommand, rowOf(2)).resolves({ Attributes: uploaded(2) });
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'workflow-v2' } });
});

describe('a warm function', () => {
  it("does not write one photo's ids beside the next notification", async () => {
    await handler(created(photoIdOf(1)), context);

    await handler({ Records: [{ broken: true }] }, context);

    const warning = output.entries().find((entry) => entry['level'] === 'WARN');
    expect(warning).toBeDefined();
    expect(warning).not.toHaveProperty('photoId');
    expect(warning).not.toHaveProperty('correlationId');
  });
});

describe('an upload notification', () => {
  it('becomes an event for the active workflow', async () => {
    await handler(created(photoIdOf(1)), context);

    const [entry] = eventBridge.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({ EventBusName: 'bus', Source: 'custom.happyPath', DetailType: 'uploadComplete' });
    expect(JSON.parse(entry?.Detail ?? '')).toMatchObject({ ID: photoIdOf(1), workflow: 'workflow-v2' });
  });

  it('with several records becomes an event for each', async () => {
    await handler(created(photoIdOf(1), photoIdOf(2)), context);

    expect(eventBridge.commandCalls(PutEventsCommand)).toHaveLength(2);
  });

  it('becomes an event for the initial workflow as long as nobody has chosen one', async () => {
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ $metadata: {}, message: 'None yet' }));
    ssm.on(PutParameterCommand).resolves({});

    await handler(created(photoIdOf(1)), context);

    const [entry] = eventBridge.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(JSON.parse(entry?.Detail ?? '')).toMatchObject({ workflow: 'workflow-v1' });
    expect(ssm.commandCalls(PutParameterCommand)[0]?.args[0].input).toMatchObject({
      Name: '/happy-path/test/backend/active-workflow',
      Value: 'workflow-v1',
    });
  });

  it('of a photo that is in work already becomes none', async () => {
    dynamo.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'In work' }));
    dynamo.on(GetCommand).resolves({ Item: photo({ objStatus: 'PROCESSING', versionId: 'v1' }) });

    await handler(created(photoIdOf(1)), context);

    expect(eventBridge.calls()).toHaveLength(0);
  });

  it('of an object that belongs to no photo has it removed', async () => {
    dynamo
      .on(UpdateCommand, rowOf(1))
      .rejectsOnce(new ConditionalCheckFailedException({ $metadata: {}, message: 'No such row' }))
      .resolves({});
    dynamo.on(GetCommand).resolves({});

    await handler(created(photoIdOf(1)), context);

    expect(dynamo.commandCalls(UpdateCommand)[1]?.args[0].input).toMatchObject({
      ...rowOf(1),
      ExpressionAttributeValues: { ':openPK': 'open#REMOVING#1' },
    });
    expect(eventBridge.calls()).toHaveLength(0);
  });

  it('is counted by what became of it', async () => {
    await handler(created(photoIdOf(1)), context);

    expect(output.entries()).toContainEqual(expect.objectContaining({ UploadsArrived: 1, outcome: 'announced' }));
  });
});

describe('the log of an upload notification', () => {
  const arrivals = () => output.entries().filter(({ message }) => message === 'upload arrived');

  it('carries the correlation id and the photo of each upload that was announced', async () => {
    dynamo.on(UpdateCommand, rowOf(2)).resolves({ Attributes: { ...uploaded(2), correlationId: 'correlation-2' } });

    await handler(created(photoIdOf(1), photoIdOf(2)), context);

    expect(arrivals()).toMatchObject([
      { outcome: 'announced', correlationId: 'correlation-1', photoId: photoIdOf(1) },
      { outcome: 'announced', correlationId: 'correlation-2', photoId: photoIdOf(2) },
    ]);
  });

  it('does not carry those of another upload', async () => {
    dynamo
      .on(UpdateCommand, rowOf(2))
      .rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'In work' }));
    dynamo.on(GetCommand).resolves({ Item: photo({ objStatus: 'PROCESSING', versionId: 'v1' }) });

    await handler(created(photoIdOf(1), photoIdOf(2)), context);

    expect(arrivals()[1]).toMatchObject({ outcome: 'late', key: `uploads/${photoIdOf(2)}` });
    expect(arrivals()[1]).not.toHaveProperty('correlationId');
    expect(arrivals()[1]).not.toHaveProperty('photoId');
  });
});

describe('an upload notification fails, so that it is delivered again, when', () => {
  it.each([
    { what: 'the table', fail: () => dynamo.on(UpdateCommand).rejects(new Error('down')) },
    { what: 'the name of the active workflow', fail: () => ssm.on(GetParameterCommand).rejects(new Error('down')) },
    { what: 'the bus', fail: () => eventBridge.on(PutEventsCommand).rejects(new Error('down')) },
    {
      what: 'the bus for this event',
      fail: () =>
        eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorMessage: 'down' }] }),
    },
  ])('$what is away', async ({ fail }) => {
    fail();

    await expect(handler(created(photoIdOf(1)), context)).rejects.toThrow('down');
  });
});
