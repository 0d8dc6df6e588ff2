/** Run by memory.ts in a process of its own: `memory-probe.mjs <photo> [way]` prints its peak memory in MB. */
import { readFile } from 'node:fs/promises';
import { procStatus } from './proc-status.ts';
import { ways } from './ways.ts';

const [file = '', way] = process.argv.slice(2);
const photo = await readFile(file);
if (way !== undefined) await ways[way as keyof typeof ways](photo);
// Linux counts the parent's peak into a child's maxRSS, but not into VmHWM.
console.log((procStatus('VmHWM') ?? process.resourceUsage().maxRSS) / 1024);
