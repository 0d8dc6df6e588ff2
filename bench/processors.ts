import { readFileSync } from 'node:fs';

/** Names the processors that a run had before it was held to one of them. */
export const processorsVariable = 'HAPPY_PATH_BENCH_PROCESSORS';

/** The processors that this process may use, as taskset takes them: `0-3,6`; where nothing tells, the first. */
export function allowedProcessors(): string {
  if (process.platform !== 'linux') return '0';
  return /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
}
