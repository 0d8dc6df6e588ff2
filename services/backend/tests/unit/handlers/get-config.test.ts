import '../environment.ts';

import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it } from 'vitest';
import { handler } from '../../../src/handlers/get-config.ts';
import { call } from '../lambda.ts';

captureOutput();
const iot = mockClient(IoTClient);

it('GET /config tells a page all it needs to know, for five minutes', async () => {
  iot.on(DescribeEndpointCommand).resolves({ endpointAddress: 'abc-ats.iot.eu-west-1.amazonaws.com' });

  expect(await call(handler, { subject: '' })).toMatchObject({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300' },
    body: {
      region: 'eu-west-1',
      stage: 'test',
      userPoolId: 'eu-west-1_pool',
      userPoolClientId: 'client',
      identityPoolId: 'eu-west-1:identities',
      realtimeEndpoint: 'abc-ats.iot.eu-west-1.amazonaws.com',
    },
  });
});
