import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../tools/lock.ts';
import type { Place } from './instance.ts';

/** What `.happy-path/<instance>/engine.json` says of a running engine. */
export interface EngineRecord {
  /** Process id of the supervisor. */
  pid: number;
  port: number;
  region: string;
  startedAt: string;
}

const fileOf = ({ folder }: Place): string => join(folder, 'engine.json');

export function writeRecord(place: Place, record: EngineRecord): void {
  const file = fileOf(place);
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function removeRecord(place: Place): void {
  rmSync(fileOf(place), { force: true });
}

/** Process ids are reused, after a reboot above all: only a supervisor of this very instance counts. */
function isSupervisor(pid: number, { name }: Place): boolean {
  if (!isAlive(pid)) return false;
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return new RegExp(`supervisor\\.ts ${name} `).test(stdout);
}

/** The record of the engine that runs; one left behind by a crash or a reboot is removed. */
export function readRecord(place: Place): EngineRecord | undefined {
  let record: EngineRecord;
  try {
    record = JSON.parse(readFileSync(fileOf(place), 'utf8')) as EngineRecord;
  } catch {
    return undefined;
  }
  if (isSupervisor(record.pid, place)) return record;
  removeRecord(place);
  return undefined;
}
