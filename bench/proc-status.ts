import { readFileSync } from 'node:fs';

/** The first number of a field of /proc/self/status, such as VmHWM in kB; undefined where there is no /proc. */
export function procStatus(field: string): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const value = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return value === undefined ? undefined : Number(value);
}
