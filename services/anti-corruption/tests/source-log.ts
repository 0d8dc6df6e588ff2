/** A record as a capturing tool sends it, before it is text. */
export type SourceRecord = Readonly<Record<string, unknown>>;

export interface JobRow {
  readonly id: number | string;
  readonly title?: string;
  readonly views?: number;
}

export interface SalaryRow {
  readonly id: number | string;
  readonly job_id: number | string;
  readonly amount?: string;
}

/** What a transaction does. */
interface Writer {
  insertJob(row: JobRow): void;
  updateJob(row: JobRow): void;
  deleteJob(row: JobRow): void;
  insertSalary(row: SalaryRow): void;
  updateSalary(row: SalaryRow): void;
  deleteSalary(row: SalaryRow): void;
}

const jobOf = (row: JobRow) => ({
  title: 'Pastry chef',
  company: 'Forn Baluard',
  location: 'Barcelona',
  employment_type: 'full-time',
  views: 0,
  ...row,
});
const salaryOf = (row: SalaryRow) => ({ amount: '48000.00', currency: 'EUR', period: 'year', ...row });

/** Records of a PostgreSQL database's log as Debezium writes them: transaction by transaction, each change with its place. */
export class SourceLog {
  readonly records: SourceRecord[] = [];
  #lsn: number;
  #transaction: number;

  constructor(firstLsn = 3_221_225_472) {
    this.#lsn = firstLsn;
    this.#transaction = Math.floor(firstLsn / 1000) % 1_000_000;
  }

  /** What the tool finds in the tables when it starts: read at one place of the log, in nobody's transaction. */
  snapshot(work: (writer: Pick<Writer, 'insertJob' | 'insertSalary'>) => void): this {
    const source = { connector: 'postgresql', schema: 'public', lsn: this.#lsn, ts_ms: this.#time() };
    const read = (table: string, after: object) =>
      this.records.push({ before: null, after, source: { ...source, table }, op: 'r', ts_ms: source.ts_ms });
    work({
      insertJob: (row) => read('jobs', jobOf(row)),
      insertSalary: (row) => read('salaries', salaryOf(row)),
    });
    return this;
  }

  transaction(work: (writer: Writer) => void): this {
    this.#transaction += 1;
    work({
      insertJob: (row) => this.#append('c', 'jobs', jobOf(row)),
      updateJob: (row) => this.#append('u', 'jobs', jobOf(row)),
      deleteJob: (row) => this.#append('d', 'jobs', jobOf(row)),
      insertSalary: (row) => this.#append('c', 'salaries', salaryOf(row)),
      updateSalary: (row) => this.#append('u', 'salaries', salaryOf(row)),
      deleteSalary: (row) => this.#append('d', 'salaries', salaryOf(row)),
    });
    return this;
  }

  #append(op: 'c' | 'u' | 'd', table: string, row: object): void {
    this.#lsn += 152;
    const ts_ms = this.#time();
    const source = { connector: 'postgresql', schema: 'public', table, txId: this.#transaction, lsn: this.#lsn, ts_ms };
    const images = op === 'd' ? { before: row, after: null } : { before: null, after: row };
    this.records.push({ ...images, source, op, ts_ms });
  }

  #time(): number {
    return 1_781_430_087_318 + (this.#lsn % 1_000_000_000);
  }
}
