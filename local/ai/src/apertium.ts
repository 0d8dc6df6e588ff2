import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { QueueFullError } from './job-queue.ts';

/** One direction of Apertium, as a chain of processes that goes on from text to text: 2 ms a text, not 150. */
export interface Pipeline {
  readonly isAlive: boolean;
  /** @throws QueueFullError, or an Error when the chain has ended or does not answer */
  translate(text: string): Promise<string>;
  stop(): void;
}

const maxWaiting = 256;
/** Ten kilobytes take half a second. */
const patienceMs = 20_000;
/** A chain that nobody needs for so long is ended: each takes 150 MB and more. */
const idleMs = 5 * 60_000;

interface Pending {
  resolve(text: string): void;
  reject(error: Error): void;
}

/**
 * Starts the programs of a .mode file, each of which answers a text that ends with a zero byte as soon as it has read that.
 *
 * @param file the shell pipeline that `apertium` would run, with $1 and $2 for its options
 */
export function startPipeline(file: string): Pipeline {
  const stages = readFileSync(file, 'utf8').trim().split('|');
  // -n leaves out the marks on unknown words.
  const command = stages.map((stage) => stage.trim().replace('$1', '-n').replace('$2', '').replace(/^\S+/, '$& -z'));
  // A group of its own, so that it can be ended as one. When this process dies, so does the chain: its input ends.
  const chain = spawn('/bin/sh', ['-c', command.join(' | ')], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const pending: Pending[] = [];
  const chunks: Buffer[] = [];
  let isAlive = true;
  const idle = setTimeout(() => end(new Error('idle')), idleMs).unref();

  function end(error: Error): void {
    isAlive = false;
    clearTimeout(idle);
    for (const { reject } of pending.splice(0)) reject(error);
    if (chain.pid === undefined) return;
    try {
      process.kill(-chain.pid);
    } catch {
      // It has ended.
    }
  }

  chain.on('error', end);
  chain.on('exit', (code, signal) => end(new Error(`Apertium (${file}) ended with ${signal ?? code}`)));
  chain.stdin.on('error', end);
  chain.stdout.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let zero = rest.indexOf(0); zero >= 0; zero = rest.indexOf(0)) {
      chunks.push(rest.subarray(0, zero));
      pending.shift()?.resolve(Buffer.concat(chunks.splice(0)).toString());
      rest = rest.subarray(zero + 1);
    }
    chunks.push(rest);
  });

  return {
    get isAlive() {
      return isAlive;
    },
    async translate(text) {
      if (pending.length >= maxWaiting) throw new QueueFullError(`${maxWaiting} texts wait already`);
      idle.refresh();
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      pending.push({ resolve, reject });
      chain.stdin.write(`${escaped(text)}\0`);
      const timer = setTimeout(() => end(new Error(`Apertium (${file}) does not answer`)), patienceMs);
      try {
        return unescaped(await promise);
      } finally {
        clearTimeout(timer);
      }
    },
    stop: () => end(new Error('stopping')),
  };
}

/** Marks the end of a text, so that its last word is not held back, and of each line as something not to be translated. */
const fullStop = '.[]';

/** What apertium-destxt does: characters of the stream's own are escaped, and line ends are kept out of sentences. */
function escaped(text: string): string {
  const quoted = text.replaceAll('\0', ' ').replace(/[\^$[\]{}\\/@<>]/g, '\\$&');
  return `${quoted.replace(/[\r\n]+/g, (ends) => `${fullStop}[${ends}]`)}${fullStop}`;
}

/** What apertium-retxt does. */
function unescaped(text: string): string {
  return text
    .replaceAll(fullStop, '')
    .replace(/(?<!\\)\[([\r\n]+)\]/g, '$1')
    .replace(/\\([\^$[\]{}\\/@<>])/g, '$1');
}
