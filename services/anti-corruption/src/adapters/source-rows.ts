import * as z from 'zod/mini';
import type { employmentTypes, Job, Salary, salaryPeriods } from '../domain/change.ts';
import { parseAs } from './exact-json.ts';

// The one place that knows the columns of the source's tables; README.md lists them.

/** Part of event ids, which are deduplication ids, and of message groups. */
const key = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _'));
const text = z.pipe(
  z.pipe(
    z.string(),
    z.transform((value) => value.trim()),
  ),
  z.string().check(z.minLength(1), z.maxLength(300)),
);

const jobKey = z.object({ id: key });
const jobRow = z.object({ title: text, company: text, location: text, employment_type: z.string() });
const salaryKey = z.object({ id: key, job_id: key });
const salaryRow = z.object({
  // Debezium writes bytes in base64 unless told otherwise: not digits, or not many of them.
  amount: z
    .string()
    .check(z.regex(/^\d{1,15}(\.\d{1,6})?$/, 'must be a decimal number (decimal.handling.mode=string)')),
  currency: z.string().check(z.regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')),
  period: z.string(),
});

const employment: Readonly<Record<string, (typeof employmentTypes)[number]>> = {
  'full-time': 'FULL_TIME',
  'part-time': 'PART_TIME',
  contract: 'CONTRACT',
  temporary: 'TEMPORARY',
  internship: 'INTERNSHIP',
};

const periods: Readonly<Record<string, (typeof salaryPeriods)[number]>> = {
  hour: 'HOUR',
  day: 'DAY',
  week: 'WEEK',
  month: 'MONTH',
  year: 'YEAR',
};

/** @throws Error when the row has no usable key */
export function jobKeyOf(row: unknown): string {
  return parseAs('The key of a row of jobs', jobKey, row).id;
}

/** @throws Error naming the columns that are wrong */
export function jobOf(row: unknown): Job {
  const { title, company, location, employment_type } = parseAs('A row of jobs', jobRow, row);
  return { title, company, location, employmentType: employment[normal(employment_type)] ?? 'OTHER' };
}

/** @throws Error when the row has no usable key */
export function salaryKeyOf(row: unknown): { readonly id: string; readonly jobId: string } {
  const { id, job_id } = parseAs('The key of a row of salaries', salaryKey, row);
  return { id, jobId: job_id };
}

/** @throws Error naming the columns that are wrong; a period that is not known is one: it says what the amount is worth */
export function salaryOf(row: unknown): Salary {
  const { amount, currency, period: written } = parseAs('A row of salaries', salaryRow, row);
  const period = periods[normal(written)];
  if (period === undefined)
    throw new Error(`A row of salaries cannot be read: period: ${JSON.stringify(written)} is none of ${known}`);
  return { amount, currency, period };
}

const known = Object.keys(periods).join(', ');

const normal = (value: string): string =>
  value
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
