import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = join(import.meta.dirname, '../../../..');

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export interface Started {
  port: number;
  process: ChildProcess;
  output: () => string;
}

export function startServer(port: number): Started {
  const args = ['--port', String(port), '--s3-endpoint', 'http://127.0.0.1:1', '--region', 'eu-west-1'];
  const child = spawn(process.execPath, [join(root, 'local/ai/src/server.ts'), ...args], { stdio: 'pipe' });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return { port, process: child, output: () => output };
}

/** @throws Error with what the server said, when it has ended instead */
export async function untilHealthy({ port, process: child, output }: Started): Promise<void> {
  const isHealthy = () => fetch(`http://127.0.0.1:${port}/_local/health`).then(({ ok }) => ok);
  while (!(await isHealthy().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(output());
    await sleep(50);
  }
}
