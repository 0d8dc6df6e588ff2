import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages } from './own-packages.ts';
import { root } from './paths.ts';

const folder = join(root, 'local', 'duckdb');

/** The part of @duckdb/node-api used here; its packages are installed on first use, so its types may not be there. */
interface NodeApi {
  DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<Connection>; closeSync(): void }> };
}

interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): Row[] }>;
  closeSync(): void;
}

/** Numbers that JSON cannot hold exactly (decimals, 64 bits) and times come as text. */
export type Row = Record<string, unknown>;

/** A database in memory. */
export interface DuckDb {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Row[]>;
  close(): void;
}

/** Opens an empty database, after installing DuckDB (70 MB) on the first time. */
export async function openDuckDb(): Promise<DuckDb> {
  await installPackages(folder, 'DuckDB');
  const entry = join(folder, 'node_modules', '@duckdb', 'node-api', 'lib', 'index.js');
  const { DuckDBInstance } = (await import(pathToFileURL(entry).href)) as NodeApi;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  return {
    run: async (sql) => {
      await connection.run(sql);
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
