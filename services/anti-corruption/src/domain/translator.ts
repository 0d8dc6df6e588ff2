import type { Change, IgnoredReason, JobDeleted, JobWritten, Salary, SalaryWritten } from './change.ts';
import { eventIdOf, type JobEvent, jobCreated, jobDeleted, jobSalaryUpdated } from './job-event.ts';
import { isLater, sequenceAfter } from './position.ts';

/** What is known of one job. The next change is told from this and nothing else. */
export interface JobMemory {
  readonly jobId: string;
  /** Last position of each row of the job, by table and key. */
  readonly positions: Readonly<Record<string, string>>;
  readonly status: 'UNSEEN' | 'HELD' | 'OPEN' | 'DELETED';
  /** The job that is HELD: it was written, and its salary may be among the next records of the same transaction. */
  readonly held?: JobWritten | undefined;
  /** Where the job was last deleted: what was written of it before that belongs to an earlier life. */
  readonly deletedAt?: string | undefined;
  /** Of the last event that is told, see {@link sequenceAfter}. */
  readonly sequence?: string | undefined;
  /** As the consumers know it. */
  readonly salary?: Salary | undefined;
  /** Told, and not known to be published: in this order, before anything else of this job. */
  readonly unpublished: readonly JobEvent[];
}

export const unseenJob = (jobId: string): JobMemory => ({ jobId, positions: {}, status: 'UNSEEN', unpublished: [] });

/** What became of a change: `early` is a salary whose job has not come, of which nothing is remembered. */
export type Outcome = 'told' | 'repeated' | 'early' | { readonly ignored: IgnoredReason };

interface Step {
  readonly memory: JobMemory;
  readonly outcome: Outcome;
}

/**
 * Tells what one change means. Changes of one job are given in the order of the source's log; one that is not later than
 * what is known of its row is a repetition.
 *
 * @throws IncomparablePositionError when nobody can say whether it is later
 */
export function translate(memory: JobMemory, change: Change): Step {
  const row = `${change.table}#${change.key}`;
  const last = memory.positions[row];
  if (last !== undefined && !isLater(change.position, last)) return { memory, outcome: 'repeated' };

  const moved = { ...memory, positions: { ...memory.positions, [row]: change.position } };
  if (change.kind === 'jobWritten') return writeJob(moved, change);
  if (change.kind === 'jobDeleted') return deleteJob(moved, change);
  if (memory.deletedAt !== undefined && !isLater(change.position, memory.deletedAt))
    return ignored(moved, 'salary-of-deleted-job');
  const isAwaited = memory.status === 'UNSEEN' || memory.status === 'DELETED';
  return isAwaited ? { memory, outcome: 'early' } : writeSalary(moved, change);
}

/** Stops waiting for the salary of a job that is HELD, if it still is for this event. */
export function release(memory: JobMemory, eventId: string): JobMemory {
  return memory.held !== undefined && eventIdOf(memory.held) === eventId ? opened(memory) : memory;
}

function writeJob(memory: JobMemory, change: JobWritten): Step {
  const { status, held } = memory;
  if (status === 'OPEN') return ignored(memory, 'job-updated');
  if (held !== undefined) {
    // The job that consumers get to see is the one that was committed.
    if (!isSameTransaction(held, change)) return ignored(opened(memory), 'job-updated');
    return ignored({ ...memory, held: { ...held, job: change.job } }, 'job-updated');
  }
  const holding: JobMemory = { ...memory, positions: positionsSince(memory), status: 'HELD', held: change };
  return told(change.transaction === undefined ? opened(holding) : holding);
}

function deleteJob(memory: JobMemory, change: JobDeleted): Step {
  const deleted = (from: JobMemory): JobMemory => ({
    ...from,
    status: 'DELETED',
    deletedAt: change.position,
    salary: undefined,
  });
  if (memory.status === 'UNSEEN' || memory.status === 'DELETED') return ignored(deleted(memory), 'unknown-job-deleted');
  return told(deleted(tell(opened(memory), change, (sequence) => jobDeleted(change, sequence))));
}

function writeSalary(memory: JobMemory, change: SalaryWritten): Step {
  const { salary } = change;
  if (memory.held !== undefined && isSameTransaction(memory.held, change)) return told(opened(memory, salary));
  const open = opened(memory);
  if (open.salary !== undefined && isSameSalary(open.salary, salary)) return ignored(open, 'salary-unchanged');
  const updated = (sequence: string) => jobSalaryUpdated(change, sequence, salary, open.salary);
  return told({ ...tell(open, change, updated), salary });
}

/** Rows of an earlier life are known by where it ended; kept, they would add up for an id that is used again and again. */
function positionsSince({ positions, deletedAt }: JobMemory): JobMemory['positions'] {
  if (deletedAt === undefined) return positions;
  return Object.fromEntries(Object.entries(positions).filter(([, position]) => position > deletedAt));
}

/** Ends the waiting for a salary, if there is any: the job is told as it is. */
function opened(memory: JobMemory, salary?: Salary): JobMemory {
  const { held, ...rest } = memory;
  if (held === undefined) return memory;
  const created = (sequence: string) => jobCreated(held, sequence, held.job, salary);
  return { ...tell(rest, held, created), status: 'OPEN', salary };
}

function tell(memory: JobMemory, { position }: Change, event: (sequence: string) => JobEvent): JobMemory {
  const sequence = sequenceAfter(memory.sequence, position);
  return { ...memory, sequence, unpublished: [...memory.unpublished, event(sequence)] };
}

const told = (memory: JobMemory): Step => ({ memory, outcome: 'told' });
const ignored = (memory: JobMemory, reason: IgnoredReason): Step => ({ memory, outcome: { ignored: reason } });

const isSameTransaction = (one: Change, other: Change): boolean =>
  one.transaction !== undefined && one.transaction === other.transaction;

const isSameSalary = (one: Salary, other: Salary): boolean =>
  one.currency === other.currency && one.period === other.period && plain(one.amount) === plain(other.amount);

/** 48000.50 is 48000.5: a source may write the same amount with more places at another time. */
const plain = (amount: string): string => (amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount);
