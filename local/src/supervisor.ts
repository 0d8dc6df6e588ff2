/**
 * Keeps one engine running: `node supervisor.ts <instance> <port> <region> <python>`, started detached by engine-process.ts.
 * A crashed engine is started again, a few times; SIGTERM stops both after the engine has saved its state.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineEnvironment } from './engine-environment.ts';
import { removeRecord, writeRecord } from './engine-record.ts';
import { instanceAt, placeFrom } from './instance.ts';
import { root } from './paths.ts';

const [name, port, region, python] = process.argv.slice(2);
if (!name || !port || !region || !python) throw new Error('usage: supervisor.ts <instance> <port> <region> <python>');

const maxRestarts = 5;
/** A shorter life than this is a start that failed, and would fail again. */
const shortLifeMs = 3_000;
const pauseMs = 500;

const instance = instanceAt(placeFrom({}, name), Number(port), region);
const log = (text: string) => console.log(`${new Date().toISOString()} supervisor: ${text}`);
let stopping = false;
let stop = () => {};

process.on('SIGTERM', () => {
  stopping = true;
  stop();
});

function runEngine(command: string): Promise<{ outcome: string; lifeMs: number }> {
  const startedAt = performance.now();
  // The engine stops when its stdin closes, so it never outlives a supervisor that was killed.
  const engine = spawn(command, [join(root, 'local', 'engine', 'launcher.py')], {
    cwd: instance.folder,
    env: engineEnvironment(instance, process.env),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  stop = () => engine.kill('SIGTERM');
  if (stopping) stop();
  const { promise, resolve } = Promise.withResolvers<{ outcome: string; lifeMs: number }>();
  const ended = (outcome: string) => resolve({ outcome, lifeMs: performance.now() - startedAt });
  engine.on('error', (error) => ended(error.message));
  engine.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
  return promise;
}

writeRecord(instance, { pid: process.pid, port: instance.port, region, startedAt: new Date().toISOString() });
let restarts = 0;
while (!stopping) {
  const { outcome, lifeMs } = await runEngine(python);
  if (stopping) break;
  log(`the engine ended unexpectedly (${outcome}) after ${Math.round(lifeMs / 1000)} s`);
  if (lifeMs < shortLifeMs || restarts === maxRestarts) {
    log('giving up');
    process.exitCode = 1;
    break;
  }
  restarts += 1;
  log(`starting it again, ${restarts} of ${maxRestarts}`);
  await sleep(pauseMs);
}
removeRecord(instance);
