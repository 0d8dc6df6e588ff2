import '../environment.ts';

import { AdminDeleteUserCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ListObjectsV2Command, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { apiEvent, call } from '@happy-path/http-api/testing';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../src/handlers/delete-me.ts';
import { photo } from '../photo-world.ts';

captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
const cognito = mockClient(CognitoIdentityProviderClient);
const eventBridge = mockClient(EventBridgeClient);

beforeEach(() => {
  dynamo.reset();
  s3.reset();
  cognito.reset();
  eventBridge.reset();
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  dynamo.on(QueryCommand).resolves({ Items: [] });
  dynamo.on(QueryCommand, { IndexName: 'GSI1' }).resolves({ Items: [photo()] });
  dynamo.on(UpdateCommand).resolves({ Attributes: photo() });
  s3.on(ListObjectVersionsCommand).resolves({});
  s3.on(ListObjectsV2Command).resolves({});
});

describe('DELETE /me', () => {
  it('removes the photos and the sign-in of the caller', async () => {
    expect(await call(handler, { subject: 'ada' })).toMatchObject({ status: 204, body: undefined });

    expect(dynamo.commandCalls(PutCommand, {}).map(({ args }) => args[0].input.Item?.['owner'])).toEqual(['ada']);
    expect(dynamo.commandCalls(DeleteCommand).map(({ args }) => args[0].input.Key?.['PK'])).toEqual(['place#place-1']);
    expect(s3.commandCalls(ListObjectVersionsCommand)).toHaveLength(1);
    expect(cognito.commandCalls(AdminDeleteUserCommand)[0]?.args[0].input.Username).toBe('ada');
  });

  it('tells other services, once the account can add nothing any more', async () => {
    await call(handler, { subject: 'ada' });

    const [entry, ...others] = eventBridge.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ EventBusName: 'bus', Source: 'custom.happyPath', DetailType: 'AccountDeleted' });
    expect(JSON.parse(entry?.Detail ?? '')).toEqual({ version: 1, eventId: 'account#ada', owner: 'ada' });
  });

  it('is a fault when they could not be told: the sweep tells them', async () => {
    eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1 });

    expect(await call(handler)).toMatchObject({ status: 500 });
    expect(dynamo.commandCalls(PutCommand)[0]?.args[0].input.Item?.['GSI2PK']).toMatch(/^open#CLOSING_ACCOUNT#/);
  });

  it('leaves the marked rows to the sweep, which removes what may still be written', async () => {
    await call(handler);

    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input.ExpressionAttributeValues).toMatchObject({
      ':openPK': 'open#REMOVING#1',
    });
    const removed = dynamo.commandCalls(DeleteCommand).map(({ args }) => String(args[0].input.Key?.['PK']));
    expect(removed.filter((key) => key.startsWith('photo#'))).toEqual([]);
  });

  it("leaves the sign-in alone where it is another issuer's", async () => {
    vi.stubEnv('USER_POOL_ID', '');
    vi.resetModules();
    const { handler: withOtherIssuer } = await import('../../../src/handlers/delete-me.ts');
    vi.unstubAllEnvs();

    expect(await call(withOtherIssuer, { subject: 'ada' })).toMatchObject({ status: 204 });
    expect(cognito.calls()).toHaveLength(0);
  });

  it('says that it goes on when there is not enough time to finish, and leaves the sign-in to the sweep', async () => {
    const answer = await handler(apiEvent(), { ...context, getRemainingTimeInMillis: () => 7999 });

    expect(answer).toMatchObject({ statusCode: 202, body: '{"status":"REMOVING"}' });
    expect(dynamo.commandCalls(PutCommand)).toHaveLength(1);
    expect(cognito.calls()).toHaveLength(0);
  });

  it('is a fault when something could not be removed: the account stays on the list of the sweep', async () => {
    cognito.on(AdminDeleteUserCommand).rejects(new Error('Rate exceeded'));

    expect(await call(handler)).toMatchObject({ status: 500 });
    expect(dynamo.commandCalls(PutCommand)[0]?.args[0].input.Item?.['GSI2PK']).toMatch(/^open#CLOSING_ACCOUNT#/);
  });
});
