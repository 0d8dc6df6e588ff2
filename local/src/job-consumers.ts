import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { aligned } from './table.ts';
import type { Target } from './target.ts';

/** The consumers of job events that handle them with shared/job-consumers, whose log lines these are. */
const consumers = ['inventory', 'analytics'] as const;

const counts = ['received', 'applied', 'ignored', 'duplicate', 'failed', 'dead'] as const;
type Counts = Record<(typeof counts)[number], number>;

export interface ConsumerReport extends Counts {
  readonly name: string;
  readonly jobs: number;
  /** Jobs of which a later event was handled before an earlier one was for the first time. */
  readonly disordered: number;
}

type Entry = Partial<Counts> & Partial<Record<'message' | 'eventId' | 'jobId' | 'sequence', string>>;

/**
 * What a consumer's log says of its work. `failed` counts attempts, all others count messages.
 *
 * @param entries in the order of time
 */
export function reportOf(name: string, entries: readonly Entry[]): ConsumerReport {
  const report = { name, received: 0, applied: 0, ignored: 0, duplicate: 0, failed: 0, dead: 0 };
  const last = new Map<string, string>();
  const disordered = new Set<string>();
  const seen = new Set<string>();
  const givenUp = new Set<string>();
  for (const entry of entries) {
    if (entry.message === 'batch handled') for (const count of counts) report[count] += entry[count] ?? 0;
    const { message, eventId, jobId, sequence } = entry;
    if (!eventId || !jobId || !sequence) continue;
    if (message === 'a message is given up') givenUp.add(eventId);
    // A repetition comes when it comes.
    if (message !== 'handled' || seen.has(eventId)) continue;
    seen.add(eventId);
    const latest = last.get(jobId) ?? '';
    // Those behind what is given up go on, and it comes after them when it is put back.
    if (sequence < latest && !givenUp.has(eventId)) disordered.add(jobId);
    if (sequence > latest) last.set(jobId, sequence);
  }
  // What failed is received again.
  return { ...report, received: report.received - report.failed, jobs: last.size, disordered: disordered.size };
}

/** What each consumer has done since then. On AWS the dashboards say so, at less expense than a reading of all logs. */
export async function readReports({ config, stage }: Target, since = 0): Promise<ConsumerReport[]> {
  const read = async (name: string) =>
    reportOf(name, await logEntries({ config }, `happy-path-${stage}-${name}-on-job-event`, since));
  return Promise.all(consumers.map(read));
}

/** What a function has logged since then, as records. */
export async function logEntries<Entry>({ config }: Pick<Target, 'config'>, name: string, since: number) {
  const client = new CloudWatchLogsClient(config);
  const request = { logGroupName: `/aws/lambda/${name}`, startTime: since };
  const entries: Entry[] = [];
  for await (const { events = [] } of paginateFilterLogEvents({ client }, request))
    for (const { message = '' } of events) if (message.startsWith('{')) entries.push(JSON.parse(message));
  return entries;
}

/** One line for each consumer. */
export const reportLines = (reports: readonly ConsumerReport[]): string[] =>
  aligned(
    [
      ['consumer', ...counts, 'order'],
      ...reports.map((report) => [
        report.name,
        ...counts.map((count) => String(report[count])),
        report.disordered === 0
          ? `held for ${report.jobs} jobs`
          : `lost for ${report.disordered} of ${report.jobs} jobs`,
      ]),
    ],
    counts.map((_, index) => index + 1),
  );
