import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs one of the Makefile's verbs against the suite's engine, as a person would. @returns what it printed */
export async function make(verb: string, settings: Record<string, string> = {}): Promise<string> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, INSTANCE: 'test' };
  const args = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const { stdout, stderr } = await promisify(execFile)('make', [verb, ...args], { env });
  return stdout + stderr;
}
