export const employmentTypes = ['FULL_TIME', 'PART_TIME', 'CONTRACT', 'TEMPORARY', 'INTERNSHIP', 'OTHER'] as const;
export const salaryPeriods = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR'] as const;

export interface Job {
  readonly title: string;
  readonly company: string;
  readonly location: string;
  readonly employmentType: (typeof employmentTypes)[number];
}

export interface Salary {
  /** A decimal number as the source writes it: a floating-point number would not be the same amount. */
  readonly amount: string;
  /** ISO 4217 */
  readonly currency: string;
  readonly period: (typeof salaryPeriods)[number];
}

/** What the source's log says of one row, whoever has captured it. */
interface RowChange {
  readonly table: 'jobs' | 'salaries';
  /** The row's own key. */
  readonly key: string;
  readonly jobId: string;
  /** See {@link file://./position.ts}. */
  readonly position: string;
  /** Tells which rows were written together; undefined when the source does not say, or only read the row. */
  readonly transaction: string | undefined;
  /** ISO 8601 */
  readonly committedAt: string;
}

export interface JobWritten extends RowChange {
  readonly kind: 'jobWritten';
  readonly table: 'jobs';
  readonly job: Job;
}

export interface JobDeleted extends RowChange {
  readonly kind: 'jobDeleted';
  readonly table: 'jobs';
}

export interface SalaryWritten extends RowChange {
  readonly kind: 'salaryWritten';
  readonly table: 'salaries';
  readonly salary: Salary;
}

export type Change = JobWritten | JobDeleted | SalaryWritten;

/** Why a record makes no event. Each is counted on its own. */
export type IgnoredReason =
  | 'tombstone'
  | 'heartbeat'
  | 'transaction-marker'
  | 'schema-change'
  | 'logical-message'
  | 'control-record'
  | 'other-table'
  | 'salary-deleted'
  | 'job-updated'
  | 'salary-unchanged'
  | 'unknown-job-deleted'
  | 'salary-of-deleted-job';
