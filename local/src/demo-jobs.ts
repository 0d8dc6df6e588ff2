import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientConfig } from './clients.ts';
import { Failure } from './failure.ts';
import { findFunction } from './functions.ts';
import type { Instance } from './instance.ts';
import { logEntries, readReports, reportLines } from './job-consumers.ts';
import { queryJobEvents, resultLines } from './job-stats.ts';
import { makeCommand } from './make-command.ts';
import { poll } from './poll.ts';
import { step } from './progress.ts';
import { Stacks } from './stacks.ts';
import { aligned } from './table.ts';
import { localTarget, type Target } from './target.ts';

/** What the intake's functions log of each batch. */
interface TookIn {
  readonly message: string;
  readonly received: number;
  readonly repeated: number;
  readonly unreadable: number;
  readonly failed: number;
  readonly ignored: Record<string, number>;
  readonly published: Record<string, number>;
}

interface IntakeReport {
  readonly repeated: number;
  readonly unreadable: number;
  /** By reason. */
  readonly ignored: Record<string, number>;
  /** By type of the event. */
  readonly published: Record<string, number>;
}

const settleMs = 180_000;

/**
 * Replays the recorded changes of a jobs database, and prints what became of them on the way to inventory and analytics.
 *
 * @returns whether the consumers have handled all of it, in order
 */
export async function demoJobs(instance: Instance): Promise<boolean> {
  const target = localTarget(instance);
  const since = Date.now();
  const replayed = await step(
    'replay the change log of a jobs database',
    () => replay(instance),
    (changes) => `${changes} changes`,
  );
  const queues = await Promise.all([
    queueOf(instance, 'anti-corruption', 'HeldChanges'),
    queueOf(instance, 'inventory', 'JobEventQueue'),
    queueOf(instance, 'analytics', 'JobEventQueue'),
  ]);
  const { intake, consumers } = await step('wait for its events at inventory and analytics', () =>
    poll('every event at inventory and analytics', settleMs, () => settled(target, queues, since, replayed), 1000),
  );
  const results = await step('query them with DuckDB', () => queryJobEvents(target));

  console.log(`\nFrom ${replayed} captured changes to job events\n`);
  for (const line of [...intakeLines(intake), '', ...reportLines(consumers)]) console.log(`  ${line}`);
  if (results) console.log(`\n${resultLines(results).join('\n')}\n`);
  return consumers.every(({ received, disordered, dead }) => received > 0 && disordered === 0 && dead === 0);
}

/** To the end of the log, which begins anew with other jobs after that. @returns how many changes the stream took */
async function replay(instance: Instance): Promise<number> {
  const lambda = new LambdaClient(localTarget(instance).config);
  const { name: FunctionName } = await findFunction(instance, 'on-replay-schedule');
  let total = 0;
  for (;;) {
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify({ changes: 100 }) }),
    );
    const answer = Buffer.from(Payload ?? []).toString();
    if (FunctionError)
      throw new Failure(`The change log could not be replayed: ${answer}`, {
        advice: `What the function wrote: ${makeCommand('logs', instance, { FUNCTION: 'on-replay-schedule' })}`,
      });
    const { replayed, left } = JSON.parse(answer) as { replayed: number; left: number };
    total += replayed;
    if (left === 0) return total;
  }
}

/** @returns undefined while something is still on its way */
async function settled(target: Target, queues: readonly string[], since: number, replayed: number) {
  const stream = await tookIn(target, 'on-change-records', since);
  if (handled(stream) < replayed) return undefined;
  // One after the other, as messages go: what is in none of them has come to its end.
  for (const queue of queues) if ((await messagesIn(target, queue)) > 0) return undefined;
  const held = await tookIn(target, 'on-held-changes', since);
  return { intake: { ...intakeReport([...stream, ...held]), replayed }, consumers: await readReports(target, since) };
}

async function queueOf(instance: Instance, service: string, logicalId: string): Promise<string> {
  const { [logicalId]: queue } = await new Stacks(clientConfig(instance)).resources(`happy-path-local-${service}`);
  if (!queue) throw new Failure(`${service} has no queue ${logicalId}.`);
  return queue.physicalId;
}

const tookIn = async (target: Target, name: string, since: number) =>
  (await logEntries<TookIn>(target, `happy-path-${target.stage}-anti-corruption-${name}`, since)).filter(
    ({ message }) => message === 'took changes in',
  );

/** What failed is received again. */
const handled = (batches: readonly TookIn[]) => sum(batches.map(({ received, failed }) => received - failed));

async function messagesIn({ config }: Target, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await new SQSClient(config).send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesDelayed',
        'ApproximateNumberOfMessagesNotVisible',
      ],
    }),
  );
  return sum(Object.values(Attributes).map(Number));
}

function intakeReport(batches: readonly TookIn[]): IntakeReport {
  const add = (counts: (batch: TookIn) => Record<string, number>) => {
    const total: Record<string, number> = {};
    for (const batch of batches)
      for (const [name, count] of Object.entries(counts(batch))) total[name] = (total[name] ?? 0) + count;
    return total;
  };
  return {
    repeated: sum(batches.map(({ repeated }) => repeated)),
    unreadable: sum(batches.map(({ unreadable }) => unreadable)),
    ignored: add(({ ignored }) => ignored),
    published: add(({ published }) => published),
  };
}

function intakeLines({ repeated, unreadable, ignored, published, replayed }: IntakeReport & { replayed: number }) {
  const split = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return aligned(
    [
      ['anti-corruption', 'changes', ''],
      ['received', String(replayed), ''],
      ['repeated', String(repeated), 'dropped, by their position in the log'],
      ['ignored', String(sum(Object.values(ignored))), split(ignored)],
      ['dead', String(unreadable), 'in its dead-letter queue, with the reason'],
      ['published', String(sum(Object.values(published))), split(published)],
    ],
    [1],
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
