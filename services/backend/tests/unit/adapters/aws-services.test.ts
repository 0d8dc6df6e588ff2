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
import {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
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

  it("is nothing to do where the tokens are another issuer's: its subject may be somebody else here", async () => {
    await removeIdentity(undefined, 'ada');

    expect(cognito.calls()).toHaveLength(0);
  });

  it('is nothing to do for one that is gone', async () => {
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

    expect(await readActiveWorkflow('/active', 'workflow-v1')).toBe('workflow-v1');
    expect(await readActiveWorkflow('/active', 'workflow-v1')).toBe('workflow-v1');
    expect(ssm.commandCalls(GetParameterCommand)).toHaveLength(1);

    vi.setSystemTime(Date.now() + 5001);
    expect(await readActiveWorkflow('/active', 'workflow-v1')).toBe('workflow-v2');
    expect(ssm.commandCalls(PutParameterCommand)).toHaveLength(0);
  });

  const missing = new ParameterNotFound({ $metadata: {}, message: 'There is no such parameter' });
  const exists = new ParameterAlreadyExists({ $metadata: {}, message: 'The parameter already exists' });

  it('is the initial one at first: its first reader creates the parameter, and never overwrites one', async () => {
    ssm.on(GetParameterCommand).rejects(missing);
    ssm.on(PutParameterCommand).resolves({});

    expect(await readActiveWorkflow('/active', 'workflow-v7')).toBe('workflow-v7');

    expect(ssm.commandCalls(PutParameterCommand).map(({ args }) => args[0].input)).toEqual([
      { Name: '/active', Value: 'workflow-v7', Type: 'String' },
    ]);
  });

  it('is what another first reader, or an operator, has written meanwhile', async () => {
    ssm
      .on(GetParameterCommand)
      .rejectsOnce(missing)
      .resolves({ Parameter: { Value: 'workflow-v2' } });
    ssm.on(PutParameterCommand).rejects(exists);

    expect(await readActiveWorkflow('/active', 'workflow-v1')).toBe('workflow-v2');
  });

  it('is the initial one while the one just created by another reader cannot be seen yet', async () => {
    ssm.on(GetParameterCommand).rejects(missing);
    ssm.on(PutParameterCommand).rejects(exists);

    expect(await readActiveWorkflow('/active', 'workflow-v1')).toBe('workflow-v1');
  });

  it('cannot be guessed when the parameter can neither be read nor created', async () => {
    ssm.on(GetParameterCommand).rejects(missing);
    ssm.on(PutParameterCommand).rejects(new Error('access denied'));

    await expect(readActiveWorkflow('/active', 'workflow-v1')).rejects.toThrow('access denied');
  });

  it('cannot be guessed when the parameter cannot be read', async () => {
    ssm.on(GetParameterCommand).rejects(new Error('throttled'));

    await expect(readActiveWorkflow('/active', 'workflow-v1')).rejects.toThrow('throttled');
    expect(ssm.commandCalls(PutParameterCommand)).toHaveLength(0);
  });
});
