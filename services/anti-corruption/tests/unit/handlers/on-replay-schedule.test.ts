import '../environment.ts';

import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { beforeEach, expect, it } from 'vitest';
import { asFile, recordChangeLog } from '../../../../../tools/change-log/record.ts';
import { handler } from '../../../src/handlers/on-replay-schedule.ts';
import { aws, beginAnew, table } from '../aws-world.ts';
import { World } from '../in-memory-world.ts';

captureOutput();
beforeEach(beginAnew);

const run = (changes: number) => handler({ changes }, context);
const put = () =>
  aws.kinesis.commandCalls(PutRecordsCommand).map(({ args }) =>
    (args[0].input.Records ?? []).map(({ PartitionKey, Data }) => ({
      key: PartitionKey,
      record: JSON.parse(Buffer.from(Data as Uint8Array).toString()),
    })),
  );

/** Replays a whole round, in slices. @returns what was put, in the order of each job */
async function round(slice = 100) {
  aws.kinesis.resetHistory();
  while ((await run(slice)).left > 0);
  return put().flat();
}

it('replays the log that the recorder writes', async () => {
  const { readFile } = await import('node:fs/promises');
  const file = await readFile(new URL('../../../src/replay/change-log.json', import.meta.url), 'utf8');
  expect(file).toBe(asFile(recordChangeLog()));
});

it('goes on where it was, to the end, and then begins anew with other jobs, later in the log', async () => {
  const log = recordChangeLog();
  const first = await round();
  expect(Map.groupBy(first, ({ key }) => key)).toEqual(Map.groupBy(log, ({ key }) => key));
  expect(table.get('replay')).toMatchObject({ generation: 1, next: 0 });

  const second = await round(77);
  expect(second).toHaveLength(first.length);
  const keys = (changes: typeof first) => new Set(changes.map(({ key }) => key));
  expect(keys(first).isDisjointFrom(keys(second))).toBe(true);
  const lsn = (changes: typeof first) => changes.map(({ record }) => record.source.lsn);
  expect(Math.min(...lsn(second))).toBeGreaterThan(Math.max(...lsn(first)));
});

it('is a history as an agency has it: repetitions, a record that nobody can read, and events of every kind', async () => {
  const world = new World();
  const tally = await world.takeIn((await round()).map(({ record }) => record));
  await world.releaseAll();
  expect(tally).toMatchObject({ received: 308, repeated: 23, early: 0, unreadable: 1, failures: [] });
  expect([...tally.ignored.keys()].toSorted()).toEqual(['job-updated', 'salary-deleted']);
  const types = Map.groupBy(world.deliveries, ({ event }) => event.type);
  expect(types.get('JobCreated')?.length).toBeGreaterThan(60);
  expect(types.get('JobSalaryUpdated')?.length).toBeGreaterThan(60);
  expect(types.get('JobDeleted')?.length).toBeGreaterThan(15);
});

it('puts at most one change of a job into a call, and notes its place after that', async () => {
  await run(100);
  for (const call of put()) expect(new Set(call.map(({ key }) => key)).size).toBe(call.length);
  expect(table.get('replay')).toMatchObject({ generation: 0, next: 100 });
});

it('tries again what the stream has refused, and fails without moving on when it goes on refusing', async () => {
  aws.kinesis
    .on(PutRecordsCommand)
    .resolvesOnce({ FailedRecordCount: 1, Records: [{ ErrorCode: 'ProvisionedThroughputExceededException' }] })
    .resolves({});
  await run(1);
  expect(put().map((call) => call.length)).toEqual([1, 1]);

  aws.kinesis.on(PutRecordsCommand).rejects(new Error('no connection'));
  await expect(run(10)).rejects.toThrow(/Changes of \d+ jobs were not taken: Error: no connection/);
  expect(table.get('replay')).toMatchObject({ next: 1 });
});

it.each([{}, { changes: 0 }, { changes: 501 }, { changes: 1.5 }])('refuses a request of %j', async (request) => {
  await expect(handler(request, context)).rejects.toThrow('The request cannot be read: changes');
});
