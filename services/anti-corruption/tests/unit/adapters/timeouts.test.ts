import '../environment.ts';

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Takes requests and never answers. */
const silent = createServer(() => undefined);
beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_MAX_ATTEMPTS: '1', AWS_ENDPOINT_URL: endpoint });
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

it('a service that does not answer is a failure, not the end of the function', { timeout: 15_000 }, async () => {
  const { documents } = await import('@happy-path/aws/dynamo');
  const { jobEventsTopic } = await import('../../../src/adapters/sns-job-events.ts');
  const event = { id: 'jobs:1:1', type: 'JobDeleted', body: '{}' } as const;
  const read = documents.send(new GetCommand({ TableName: 'positions', Key: { PK: 'job#1' } }));
  const [answer, failed] = await Promise.allSettled([read, jobEventsTopic('topic')(new Map([['1', [event]]]))]);
  expect(answer).toMatchObject({ status: 'rejected', reason: { name: 'TimeoutError' } });
  expect(failed).toMatchObject({ status: 'fulfilled' });
  expect([...(failed.status === 'fulfilled' ? failed.value : [])]).toMatchObject([['1', { name: 'TimeoutError' }]]);
});
