import { type ChildProcess, spawn } from 'node:child_process';
import { Failure } from './failure.ts';
import { makeCommand } from './make-command.ts';

export interface Tool {
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

const lastLines = 25;
const noise = new RegExp(
  [
    /^\s*$|^[-=]{5,}|npm warn Unknown/,
    /^Building codeuri: |: Running CustomMakeBuilder|: Current Artifacts Directory/,
    /File with same data already exists|skipping upload|[Tt]elemetry|^make: \*\*\*/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Process groups of the tools that run now. */
const groups = new Set<number>();

/** SAM goes on building after Ctrl-C, and would disturb the next command: its whole process group has to go. */
export function interrupt(): void {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
  const name = process.env['INSTANCE'] || 'demo';
  console.error(
    `\nInterrupted. Run the same command again to go on; ${makeCommand('down', { name })} stops the engine.`,
  );
  process.exit(130);
}

function track(child: ChildProcess): void {
  const group = child.pid;
  if (group === undefined) return;
  if (groups.size === 0) process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  groups.add(group);
  child.once('close', () => {
    groups.delete(group);
    if (groups.size === 0) process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  });
}

/**
 * Runs a tool to its end and returns what it printed on stdout.
 *
 * @throws Failure with the last useful lines of its output
 */
export async function run(tool: Tool, failed: string, advice?: string): Promise<string> {
  const { command, args, cwd, env } = tool;
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  track(child);
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  const code = await exitOf(child, tool);
  if (code === 0) return stdout;
  const output = all
    .split('\n')
    .filter((text) => !noise.test(text))
    .slice(-lastLines)
    .join('\n');
  throw new Failure(failed, { output, ...(advice ? { advice } : {}) });
}

/** Runs a tool on the user's own terminal (it may ask questions) and returns its exit code. */
export async function runInteractively(tool: Tool): Promise<number> {
  const { command, args, cwd, env } = tool;
  return exitOf(spawn(command, args, { cwd, env, stdio: 'inherit' }), tool);
}

async function exitOf(child: ChildProcess, { command }: Tool): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', (cause) => reject(new Failure(`Cannot run ${command}: ${cause.message}`, { cause })));
  child.on('close', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  return promise;
}
