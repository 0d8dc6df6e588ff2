import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../tools/lock.ts';
import type { Instance } from './instance.ts';

/** What `.happy-path/<instance>/engine.json` says of a running engine. */
export interface EngineRecord {
  /** Process id of the supervisor. */
  pid: number;
  port: number;
  region: string;
  startedAt: string;
}

const fileOf = (instance: Instance): string => join(instance.folder, 'engine.json');

export function writeRecord(instance: Instance, record: EngineRecord): void {
  const file = fileOf(instance);
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function removeRecord(instance: Instance): void {
  rmSync(fileOf(instance), { force: true });
}

/** Process ids are reused, after a reboot above all: only a supervisor of this very instance counts. */
function isSupervisor(pid: number, instance: Instance): boolean {
  if (!isAlive(pid)) return false;
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return new RegExp(`supervisor\\.ts ${instance.name} `).test(stdout);
}

/** The record of the engine that runs; one left behind by a crash or a reboot is removed. */
export function readRecord(instance: Instance): EngineRecord | undefined {
  let record: EngineRecord;
  try {
    record = JSON.parse(readFileSync(fileOf(instance), 'utf8')) as EngineRecord;
  } catch {
    return undefined;
  }
  if (isSupervisor(record.pid, instance)) return record;
  removeRecord(instance);
  return undefined;
}
