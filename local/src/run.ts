import { type SpawnOptions, spawn } from 'node:child_process';
import { Failure } from './failure.ts';

export interface Tool {
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

const lastLines = 25;
const noise = /^\s*$|^[-=]{5,}|npm warn Unknown/;

/**
 * Runs a tool to its end and returns what it printed on stdout.
 *
 * @throws Failure with the last useful lines of its output
 */
export async function run(tool: Tool, failed: string, advice?: string): Promise<string> {
  const child = spawn(tool.command, tool.args, { cwd: tool.cwd, env: tool.env, stdio: ['ignore', 'pipe', 'pipe'] });
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
  const options: SpawnOptions = { cwd: tool.cwd, env: tool.env, stdio: 'inherit' };
  return exitOf(spawn(tool.command, tool.args, options), tool);
}

async function exitOf(child: ReturnType<typeof spawn>, tool: Tool): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', (cause) => reject(new Failure(`Cannot run ${tool.command}: ${cause.message}`, { cause })));
  child.on('close', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  return promise;
}
