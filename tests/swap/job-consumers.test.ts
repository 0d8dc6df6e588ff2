import { randomBytes } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { jobEvent } from '@happy-path/job-consumers/testing';
import { expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { documents, published } from '../engine-fixture.ts';
import { type Consumer, type Handled, handledBy, publish } from '../job-consumers.ts';
import { make } from './make.ts';

const anyJob = () => `swap-${randomBytes(6).toString('hex')}`;

const handled = (consumer: Consumer, count: number, jobId: string): Promise<Handled[]> =>
  poll(`${count} events in ${consumer}`, 30_000, async () => {
    const all = await handledBy(consumer, jobId);
    return all.length >= count ? all : undefined;
  });

test('a consumer is deleted and deployed again, the other goes on, and their producer cannot go before them', async () => {
  await expect(make('delete', { SERVICE: 'anti-corruption' })).rejects.toThrow(/used by what is deployed: .*inventory/);

  await make('delete', { SERVICE: 'inventory' });
  const meanwhile = anyJob();
  await publish(jobEvent('JobCreated', meanwhile, 1));
  await handled('analytics', 1, meanwhile);

  await make('sync', { SERVICE: 'inventory' });
  const job = anyJob();
  await publish(jobEvent('JobCreated', job, 2));
  expect(await handled('inventory', 1, job)).toMatchObject([{ outcome: 'applied', receives: 1 }]);
  await handled('analytics', 1, job);
  const TableName = await published('inventory/table-name');
  const rowOf = async (jobId: string) => (await documents.send(new GetCommand({ TableName, Key: { jobId } }))).Item;
  expect(await rowOf(job)).toMatchObject({ jobId: job, listing: 'open' });
  // A consumer is told from its subscription on.
  expect(await rowOf(meanwhile)).toBeUndefined();
}, 180_000);
