import '../environment.ts';

import { clearCaches } from '@aws-lambda-powertools/parameters';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { HeadObjectCommand, NotFound, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { patienceSeconds } from '../../../src/domain/sweep.ts';
import { handler } from '../../../src/handlers/on-sweep-schedule.ts';
import { photo, photoIdOf } from '../photo-world.ts';

const output = captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const eventBridge = mockClient(EventBridgeClient);
const ssm = mockClient(SSMClient);
const s3 = mockClient(S3Client);

/** Lists one photo as open work of this kind, the others as none. */
function openWorkIs(partition: string, photoId: string) {
  dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => ({
    Items: ExpressionAttributeValues[':open'] === partition ? [{ PK: `photo#${photoId}`, SK: 'workflow' }] : [],
  }));
}

beforeEach(() => {
  clearCaches();
  for (const client of [dynamo, eventBridge, ssm, s3]) client.reset();
  dynamo.on(QueryCommand).resolves({ Items: [] });
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'workflow-v2' } });
});

describe('the sweep schedule', () => {
  it('asks for work in every shard of every kind, and is done when there is none', async () => {
    await handler({}, context);

    expect(dynamo.commandCalls(QueryCommand)).toHaveLength(5 * 8);
  });

  it('announces an upload again whose event was lost, and gives it time', async () => {
    openWorkIs('open#UPLOADED#1', photoIdOf(1));
    dynamo.on(GetCommand).resolves({ Item: photo({ objStatus: 'UPLOADED', versionId: 'v1', etag: 'e1' }) });

    await handler({}, context);

    expect(eventBridge.commandCalls(PutEventsCommand)).toHaveLength(1);
    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input.UpdateExpression).toBe('SET GSI2SK = :until');
    expect(output.entries()).toContainEqual(expect.objectContaining({ UploadsReemitted: 1, UploadsExpired: 0 }));
  });

  it('expires an upload that never came', async () => {
    openWorkIs('open#PENDING_UPLOAD#1', photoIdOf(1));
    s3.on(HeadObjectCommand).rejects(new NotFound({ $metadata: {}, message: 'NotFound' }));

    dynamo.on(DeleteCommand).resolves({});

    await handler({}, context);

    expect(dynamo.commandCalls(DeleteCommand)).toHaveLength(1);
    expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(0);
    expect(output.entries()).toContainEqual(expect.objectContaining({ UploadsReemitted: 0, UploadsExpired: 1 }));
  });

  it('gives an upload time that may still come', async () => {
    openWorkIs('open#PENDING_UPLOAD#1', photoIdOf(1));
    s3.on(HeadObjectCommand).rejects(new NotFound({ $metadata: {}, message: 'NotFound' }));
    dynamo.on(DeleteCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'Not yet' }));
    dynamo.on(GetCommand).resolves({ Item: photo() });

    await handler({}, context);

    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      UpdateExpression: 'SET GSI2SK = :until',
      ExpressionAttributeValues: { ':status': 'PENDING_UPLOAD' },
    });
    expect(output.entries()).toContainEqual(expect.objectContaining({ UploadsReemitted: 0, UploadsExpired: 0 }));
  });

  it('fails after all was tried when an item could not be finished, so that the alarm sees it', async () => {
    openWorkIs('open#UPLOADED#1', photoIdOf(1));
    dynamo.on(GetCommand).resolves({ Item: photo({ objStatus: 'UPLOADED', versionId: 'v1', etag: 'e1' }) });
    eventBridge.on(PutEventsCommand).rejects(new Error('bus down'));

    await expect(handler({}, context)).rejects.toThrow('1 items of open work could not be finished');

    expect(dynamo.commandCalls(QueryCommand)).toHaveLength(5 * 8);
    expect(output.entries()).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        work: 'UPLOADED',
        photoId: photoIdOf(1),
        error: expect.objectContaining({ message: 'bus down' }),
      }),
    );
  });

  it('names no account in its log when closing one fails', async () => {
    dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => ({
      Items: ExpressionAttributeValues[':open'] === 'open#CLOSING_ACCOUNT#1' ? [{ PK: 'account#1', SK: 'closed' }] : [],
    }));
    dynamo.on(GetCommand).resolves({ Item: { owner: '52f5b4d4-80e1-7041' } });
    dynamo.on(PutCommand).rejects(new Error('table down'));

    await expect(handler({}, context)).rejects.toThrow('1 items');

    expect(output.text()).toContain('CLOSING_ACCOUNT');
    expect(output.text()).not.toContain('52f5b4d4-80e1-7041');
  });

  it('fails when no list of work can be read, once every one was tried', async () => {
    dynamo.on(QueryCommand).rejects(new Error('table down'));

    await expect(handler({}, context)).rejects.toThrow('5 items of open work could not be finished');

    const errors = output.entries().filter(({ level }) => level === 'ERROR');
    expect(errors.map(({ work }) => work).toSorted()).toEqual(Object.keys(patienceSeconds).toSorted());
    for (const error of errors) {
      expect(error).toMatchObject({ error: { message: 'table down' } });
      expect(error).not.toHaveProperty('photoId');
    }
  });

  it('does the other work when one list cannot be read, and fails so that the alarm sees it', async () => {
    dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => {
      const partition: string = ExpressionAttributeValues[':open'];
      if (partition === 'open#PROCESSING#0') throw new Error('partition down');
      return { Items: partition === 'open#UPLOADED#1' ? [{ PK: `photo#${photoIdOf(1)}`, SK: 'workflow' }] : [] };
    });
    dynamo.on(GetCommand).resolves({ Item: photo({ objStatus: 'UPLOADED', versionId: 'v1', etag: 'e1' }) });

    await expect(handler({}, context)).rejects.toThrow('1 items');

    expect(eventBridge.commandCalls(PutEventsCommand)).toHaveLength(1);
    expect(output.entries()).toContainEqual(expect.objectContaining({ UploadsReemitted: 1 }));
  });

  it('stops in time to report', async () => {
    openWorkIs('open#UPLOADED#1', photoIdOf(1));

    await handler({}, { ...context, getRemainingTimeInMillis: () => 9999 });

    expect(eventBridge.calls()).toHaveLength(0);
    expect(output.entries()).toContainEqual(expect.objectContaining({ message: 'swept', reemitted: 0 }));
  });
});
