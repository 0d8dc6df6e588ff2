/**
 * Keeps one engine and its AI server running: `node supervisor.ts <instance> <port> <region> <python>`, started detached by
 * engine-process.ts. Either is started again when it crashes, a few times; the engine goes on without the AI server, but
 * not the other way round. SIGTERM stops both after the engine has saved its state.
 */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { aiLogFile, aiServer } from './ai.ts';
import { aiEnvironment, engineEnvironment } from './engine-environment.ts';
import { removeRecord, writeRecord } from './engine-record.ts';
import { instanceAt, placeFrom } from './instance.ts';
import { keepRunning } from './keep-running.ts';
import { root } from './paths.ts';

const [name, port, region, python] = process.argv.slice(2);
if (!name || !port || !region || !python) throw new Error('usage: supervisor.ts <instance> <port> <region> <python>');

/** The AI server keeps nothing: one that does not end in time is ended. */
const aiStopMs = 5_000;

const instance = instanceAt(placeFrom({}, name), Number(port), region);
const log = (text: string) => console.log(`${new Date().toISOString()} supervisor: ${text}`);
const aiLog = openSync(aiLogFile(instance), 'a');

// Both stop when their stdin closes, so neither outlives a supervisor that was killed.
const engine = keepRunning(
  'the engine',
  () =>
    spawn(python, [join(root, 'local', 'engine', 'launcher.py')], {
      cwd: instance.folder,
      env: engineEnvironment(instance, process.env),
      stdio: ['pipe', 'inherit', 'inherit'],
    }),
  log,
);
const ai = keepRunning(
  'the AI server',
  () =>
    spawn(
      process.execPath,
      [aiServer, '--port', String(instance.aiPort), '--s3-endpoint', instance.endpoint, '--region', region],
      { cwd: instance.folder, env: aiEnvironment(instance, process.env), stdio: ['pipe', aiLog, aiLog] },
    ),
  log,
  aiStopMs,
);

process.on('SIGTERM', () => {
  engine.stop();
  ai.stop();
});

writeRecord(instance, { pid: process.pid, port: instance.port, region, startedAt: new Date().toISOString() });
if (!(await engine.ended)) process.exitCode = 1;
ai.stop();
await ai.ended;
removeRecord(instance);
