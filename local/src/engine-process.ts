import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../tools/lock.ts';
import { aiLogFile } from './ai.ts';
import { requireFreeSpace } from './disk.ts';
import { type EngineRecord, readRecord } from './engine-record.ts';
import { Failure } from './failure.ts';
import { defaultPorts, type Instance, type Place } from './instance.ts';
import { makeCommand, startingVerb } from './make-command.ts';
import { root } from './paths.ts';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 60_000;
const pollMs = 50;
const maxLogBytes = 20 * 1024 ** 2;
const firstOtherPort = 4600;
const launcher = join('local', 'engine', 'launcher.py');
const aiServer = join('local', 'ai', 'src', 'server.ts');

export const logFile = ({ folder }: Place): string => join(folder, 'engine.log');

/** True when something listens on the port of this machine's loopback address. */
async function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** The first port from 4600 on that is free, as is the next one, and neither an instance's own. */
async function freePort(): Promise<number> {
  const own = Object.values(defaultPorts).flatMap((port) => [port, port + 1]);
  const isFree = async (port: number) => !own.includes(port) && (await canListen(port));
  let port = firstOtherPort;
  while (!((await isFree(port)) && (await isFree(port + 1)))) port += 1;
  return port;
}

async function canListen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

/** Who listens on a port, as far as the system tells: `node (process 123)`. */
function listenerOn(port: number): string {
  const { stdout } = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], { encoding: 'utf8' });
  const pid = /^p(\d+)/m.exec(stdout ?? '')?.[1];
  if (!pid) return 'another program';
  const { stdout: command } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', pid], { encoding: 'utf8' });
  for (const [program, what] of Object.entries({ [launcher]: 'engine', [aiServer]: 'AI server' })) {
    if (command?.includes(join(root, program))) return `the ${what} of another instance (process ${pid})`;
    if (command?.includes(program)) return `another checkout's ${what} (process ${pid})`;
  }
  return `${basename(command?.split(' ')[0] ?? '') || 'a program'} (process ${pid})`;
}

/** The one line for a port that is taken. */
async function portTaken(instance: Instance, port: number): Promise<Failure> {
  const other = { ...instance, port: await freePort() };
  const use = port === instance.aiPort ? `, the AI server's beside PORT=${instance.port},` : '';
  return new Failure(`Port ${port}${use} is in use by ${listenerOn(port)}.`, {
    advice: `Stop it, or choose another port: ${makeCommand(startingVerb(instance), other)}`,
  });
}

export async function isReady(instance: Instance, patienceMs = 2_000): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(`${instance.endpoint}/_ministack/ready`, { signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function lastLogLines(instance: Instance, count: number): string {
  return readFileSync(logFile(instance), 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

function rotateLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxLogBytes) renameSync(file, `${file}.1`);
}

/**
 * Checks that the engine runs, or could be started, as asked.
 *
 * @throws Failure when the instance runs on another port or in another region, one of its ports is taken, or the disk is full
 */
export async function requireRoom(instance: Instance): Promise<void> {
  const running = readRecord(instance);
  if (running) requireSame(instance, running);
  else await requirePorts(instance);
  await requireFreeSpace(root);
}

async function requirePorts(instance: Instance): Promise<void> {
  for (const port of [instance.port, instance.aiPort])
    if (await isListening(port)) throw await portTaken(instance, port);
}

/**
 * Starts the engine, or finds that it runs; returns when it answers.
 *
 * @returns whether it was started just now
 * @throws Failure when the engine does not come up
 */
export async function startEngine(instance: Instance, python: string): Promise<boolean> {
  const running = readRecord(instance);
  if (running) {
    await waitUntilReady(instance, running.pid);
    return false;
  }
  makeTemporaryFolder(instance);
  for (const file of [logFile(instance), aiLogFile(instance)]) rotateLog(file);
  const log = openSync(logFile(instance), 'a');
  const supervisor = spawn(
    process.execPath,
    [join(root, 'local', 'src', 'supervisor.ts'), instance.name, String(instance.port), instance.region, python],
    { cwd: instance.folder, detached: true, stdio: ['ignore', log, log] },
  );
  supervisor.unref();
  if (supervisor.pid === undefined) throw new Failure('The supervisor of the engine could not be started.');
  await waitUntilReady(instance, supervisor.pid);
  return true;
}

/** Functions are unpacked in here; what a killed engine left is of no use. */
function makeTemporaryFolder(instance: Instance): void {
  const folder = join(instance.folder, 'tmp');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The engine's worker script is CommonJS; without this the repository's own package.json would make it a module.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}

function requireSame(instance: Instance, { port, region }: EngineRecord): void {
  if (port === instance.port && region === instance.region) return;
  throw new Failure(`Instance ${instance.name} runs on port ${port} in ${region}.`, {
    advice: `Use it as it is (${makeCommand(startingVerb(instance), { ...instance, port, region })}) or stop it first: ${makeCommand('down', instance)}`,
  });
}

async function waitUntilReady(instance: Instance, supervisor: number): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  while (!(await isReady(instance))) {
    if (!isAlive(supervisor) || performance.now() > deadline) {
      throw new Failure('The engine did not come up.', {
        output: lastLogLines(instance, 15),
        advice: `The whole log: ${logFile(instance)}. If its state is damaged: ${makeCommand('clean', instance)}`,
      });
    }
    await sleep(pollMs);
  }
}

/**
 * Stops the engine; it saves its state first.
 *
 * @returns false when none was running
 */
export async function stopEngine(place: Place): Promise<boolean> {
  const record = readRecord(place);
  if (!record) return false;
  process.kill(record.pid, 'SIGTERM');
  const deadline = performance.now() + stopTimeoutMs;
  while (isAlive(record.pid)) {
    if (performance.now() > deadline) {
      throw new Failure(`The engine (supervisor ${record.pid}) did not stop within a minute.`, {
        advice: `See ${logFile(place)}`,
      });
    }
    await sleep(pollMs);
  }
  return true;
}

/** Writes the state to disk now, so that a crash falls back to this moment and not to the last `make down`. */
export async function saveState(instance: Instance): Promise<void> {
  const response = await fetch(`${instance.endpoint}/_happy-path/save`, { method: 'POST' });
  if (!response.ok) throw new Failure(`The engine could not save its state (HTTP ${response.status}).`);
}
