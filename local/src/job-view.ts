import type { DuckDb } from './duckdb.ts';

/** A column of a table in the Glue catalog; `type` is Hive's. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** What the catalog says of the job events: the table of the objects, and the view that queries read. */
export interface JobCatalog {
  readonly deliveries: { readonly columns: readonly Column[]; readonly partitions: readonly Column[] };
  /** As Athena keeps it: base64 of JSON in a comment. */
  readonly viewText: string;
}

/** The view's own SQL out of what Athena keeps. @throws when it is no such text */
export function sqlOf(viewText: string): string {
  const [, encoded] = /^\/\* Presto View: (\S+) \*\/$/.exec(viewText) ?? [];
  const { originalSql } = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString()) as { originalSql?: unknown };
  if (typeof originalSql !== 'string') throw new Error('The view in the catalog holds no originalSql');
  return originalSql;
}

/** Functions of Athena's SQL that the view uses and DuckDB calls by other names. All else reads the same in both. */
const athenaFunctions = [
  'CREATE MACRO from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ)',
  'CREATE MACRO json_extract_scalar(json, path) AS json_extract_string(json, path)',
];

const duckType: Record<string, string> = { string: 'VARCHAR' };

/**
 * Makes Athena's table and view in DuckDB, over files in folders `dt=YYYY-MM-DD`, from the same texts.
 *
 * @param folder holds at least one file
 */
export async function createJobEvents(duck: DuckDb, catalog: JobCatalog, folder: string): Promise<void> {
  const { columns, partitions } = catalog.deliveries;
  const typed = (all: readonly Column[]) =>
    all.map(({ name, type }) => {
      const known = duckType[type];
      if (!known) throw new Error(`Column ${name} has the type ${type}: add it to local/src/job-view.ts`);
      return `${name}: '${known}'`;
    });
  for (const macro of athenaFunctions) await duck.run(macro);
  await duck.run(
    `CREATE VIEW job_event_deliveries AS SELECT * FROM read_json('${folder.replaceAll("'", "''")}/*/*.json.gz',
      format = 'newline_delimited', columns = {${typed(columns).join(', ')}},
      hive_partitioning = true, hive_types = {${typed(partitions).join(', ')}})`,
  );
  await duck.run(`CREATE VIEW job_events AS ${sqlOf(catalog.viewText)}`);
}
