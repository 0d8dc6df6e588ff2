import '../environment.ts';

import { clearCaches } from '@aws-lambda-powertools/parameters';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/on-upload.ts';
import { captureOutput, context } from '../lambda.ts';
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

  it('of a photo that is in work already becomes none', async () => {
    dynamo.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'In work' }));
    dynamo.on(GetCommand).resolves({ Item: photo({ objStatus: 'PROCESSING', versionId: 'v1' }) });

    await handler(created(photoIdOf(1)), context);

    expect(eventBridge.calls()).toHaveLength(0);
  });

  it('of an object that belongs to no photo has it removed', async () => {
    dynamo.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'No such row' }));
    dynamo.on(GetCommand).resolves({});

    await handler(created(photoIdOf(1)), context);

    expect(dynamo.commandCalls(PutCommand)[0]?.args[0].input.Item).toMatchObject({
      photoId: photoIdOf(1),
      GSI2PK: 'open#REMOVING#1',
      deleteRequestedAt: expect.any(String),
    });
  });

  it('is counted by what became of it', async () => {
    await handler(created(photoIdOf(1)), context);

    expect(output.entries()).toContainEqual(expect.objectContaining({ UploadsArrived: 1, outcome: 'announced' }));
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
