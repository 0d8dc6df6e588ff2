import '../environment.ts';

import { clearCaches } from '@aws-lambda-powertools/parameters';
import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  TooManyRequestsException,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { removeIdentity } from '../../../src/adapters/cognito-identities.ts';
import { publishUploadComplete } from '../../../src/adapters/event-bus-publisher.ts';
import { realtimeEndpoint } from '../../../src/adapters/iot-endpoint.ts';
import { readActiveWorkflow } from '../../../src/adapters/ssm-active-workflow.ts';
import { uploadComplete } from '../../../src/domain/arrival.ts';
import { photo } from '../photo-world.ts';

describe('putting an event on the bus', () => {
  const eventBridge = mockClient(EventBridgeClient);
  const detail = uploadComplete(photo({ versionId: 'v1', etag: 'e1' }), 'uploads-bucket', 'workflow-v1');

  beforeEach(() => {
    eventBridge.reset();
  });

  it('is done when the bus took it', async () => {
    eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });

    await expect(publishUploadComplete('bus', detail)).resolves.toBeUndefined();
  });

  it('fails when the bus did not take it, although the call itself succeeded', async () => {
    eventBridge.on(PutEventsCommand).resolves({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }],
    });

    await expect(publishUploadComplete('bus', detail)).rejects.toThrow(/ThrottlingException: Rate exceeded/);
  });

  it('fails when the bus is away', async () => {
    eventBridge.on(PutEventsCommand).rejects(new Error('no route to host'));

    await expect(publishUploadComplete('bus', detail)).rejects.toThrow('no route to host');
  });
});

describe('removing a sign-in', () => {
  const cognito = mockClient(CognitoIdentityProviderClient);

  beforeEach(() => {
    cognito.reset();
  });

  it('deletes the user of that pool', async () => {
    await removeIdentity('eu-west-1_pool', 'ada');

    expect(cognito.commandCalls(AdminDeleteUserCommand)[0]?.args[0].input).toEqual({
      UserPoolId: 'eu-west-1_pool',
      Username: 'ada',
    });
  });

  it('is nothing to do for a subject of another issuer, or one that is gone', async () => {
    cognito.on(AdminDeleteUserCommand).rejects(new UserNotFoundException({ $metadata: {}, message: 'No such user' }));

    await expect(removeIdentity('eu-west-1_pool', 'ada')).resolves.toBeUndefined();
  });

  it('fails for any other reason, so that the sweep tries again', async () => {
    cognito.on(AdminDeleteUserCommand).rejects(new TooManyRequestsException({ $metadata: {}, message: 'Slow down' }));

    await expect(removeIdentity('eu-west-1_pool', 'ada')).rejects.toThrow('Slow down');
  });
});

describe('the realtime endpoint', () => {
  it('is asked for again after a failure, and only once after a success', async () => {
    const iot = mockClient(IoTClient);
    iot
      .on(DescribeEndpointCommand)
      .rejectsOnce(new Error('throttled'))
      .resolvesOnce({})
      .resolves({ endpointAddress: 'abc-ats.iot.eu-west-1.amazonaws.com' });

    await expect(realtimeEndpoint()).rejects.toThrow('throttled');
    await expect(realtimeEndpoint()).rejects.toThrow('named no data endpoint');
    expect(await realtimeEndpoint()).toBe('abc-ats.iot.eu-west-1.amazonaws.com');
    expect(await realtimeEndpoint()).toBe('abc-ats.iot.eu-west-1.amazonaws.com');

    expect(iot.commandCalls(DescribeEndpointCommand, { endpointType: 'iot:Data-ATS' })).toHaveLength(3);
  });
});

describe('the active workflow', () => {
  const ssm = mockClient(SSMClient);

  beforeEach(() => {
    ssm.reset();
    clearCaches();
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is asked for once while a function is busy, and a switch is noticed within five seconds', async () => {
    ssm
      .on(GetParameterCommand)
      .resolvesOnce({ Parameter: { Value: 'workflow-v1' } })
      .resolves({ Parameter: { Value: 'workflow-v2' } });

    expect(await readActiveWorkflow('/active')).toBe('workflow-v1');
    expect(await readActiveWorkflow('/active')).toBe('workflow-v1');
    expect(ssm.commandCalls(GetParameterCommand)).toHaveLength(1);

    vi.setSystemTime(Date.now() + 5001);
    expect(await readActiveWorkflow('/active')).toBe('workflow-v2');
  });

  it('must be named: an empty parameter is a fault', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: '' } });

    await expect(readActiveWorkflow('/active')).rejects.toThrow('/active does not name a workflow');
  });

  it('cannot be guessed when the parameter cannot be read', async () => {
    ssm.on(GetParameterCommand).rejects(new Error('throttled'));

    await expect(readActiveWorkflow('/active')).rejects.toThrow('throttled');
  });
});
