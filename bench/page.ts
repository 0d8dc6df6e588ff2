import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { buildSite } from '../local/src/site.ts';
import { maxInitialBytes } from '../services/frontend/tools/initial-javascript.ts';
import { builtSite, servePage } from './page-site.ts';
import { processorsVariable } from './processors.ts';
import { goal, goalAtLeast, heading, table } from './report.ts';

/** What Lighthouse says of one view: percent, milliseconds and bytes; undefined where no load was measured. */
export interface Look {
  readonly name: string;
  readonly accessibility: number;
  readonly bestPractices: number;
  readonly performance: number | undefined;
  readonly firstPaintMs: number | undefined;
  readonly largestPaintMs: number | undefined;
  readonly blockingMs: number | undefined;
  readonly shift: number | undefined;
  readonly requests: number | undefined;
  readonly bytes: number | undefined;
  readonly scriptBytes: number | undefined;
  readonly photoBytes: number | undefined;
  readonly failed: readonly { readonly id: string; readonly title: string; readonly items: readonly string[] }[];
}

export type PageReport = { readonly noBrowser: string } | { readonly looks: readonly Look[]; readonly browser: string };

/** The built page in a browser, as Lighthouse judges it, served compressed. */
export async function benchPage(cacheFolder: string) {
  heading('Page: Lighthouse on the built page, compressed; median of 3 loads');
  await buildSite();
  const initial = await initialJavaScriptBytes();
  console.log(`initial JavaScript: ${kilobytes(initial)} of ${kilobytes(maxInitialBytes)} kB gzip`);
  goal('initial JavaScript after gzip', [initial / 1000], maxInitialBytes / 1000, ' kB', 1);

  const site = await servePage();
  try {
    const report = await probe(site.origin, cacheFolder);
    if ('noBrowser' in report) {
      console.log(`skipped: ${report.noBrowser}`);
      return;
    }
    if (site.missing.size > 0) throw new Error(`The page asked for what is not there: ${[...site.missing].join(', ')}`);
    if (!site.showsPhotos()) throw new Error('The page shows no photos: have the shapes of the answers changed?');
    print(report.looks, report.browser);
  } finally {
    site.close();
  }
}

function print(looks: readonly Look[], browser: string) {
  const figure = (value: number | undefined, digits = 0) => value?.toFixed(digits) ?? '-';
  const size = (bytes: number | undefined) => (bytes === undefined ? '-' : kilobytes(bytes));
  table(
    [`Chromium ${browser}`, 'access.', 'practices', 'perf.', 'FCP ms', 'LCP ms', 'TBT ms', 'CLS'],
    looks.map((look) => [
      look.name,
      figure(look.accessibility),
      figure(look.bestPractices),
      figure(look.performance),
      figure(look.firstPaintMs),
      figure(look.largestPaintMs),
      figure(look.blockingMs),
      figure(look.shift, 3),
    ]),
  );
  console.log();
  table(
    ['transferred', 'requests', 'kB', 'of it scripts', 'images'],
    looks
      .filter(({ bytes }) => bytes !== undefined)
      .map((look) => [
        look.name,
        figure(look.requests),
        size(look.bytes),
        size(look.scriptBytes),
        size(look.photoBytes),
      ]),
  );
  for (const { name, failed } of looks) {
    for (const { id, title, items } of failed) {
      console.log(`  ${name}: ${id}: ${title}`);
      for (const item of items) console.log(`    ${item.slice(0, 400)}`);
    }
  }
  const shifts = looks.flatMap(({ shift }) => shift ?? []);
  // What Core Web Vitals call good, https://web.dev/articles/cls.
  goal('layout shift while loading', shifts, 0.1, '', 3);
  for (const [name, figures] of [
    ['accessibility', looks.map(({ accessibility }) => accessibility)],
    ['best practices', looks.map(({ bestPractices }) => bestPractices)],
  ] as const) {
    goalAtLeast(`Lighthouse: ${name}`, figures, 100, '');
  }
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);

/** The scripts that index.html loads or preloads: the entry and what it imports. */
async function initialJavaScriptBytes(): Promise<number> {
  const html = await readFile(path.join(builtSite, 'index.html'), 'utf8');
  const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, file = '']) => file);
  const files = await Promise.all([...new Set(scripts)].map((file) => readFile(path.join(builtSite, file))));
  return files.reduce((sum, file) => sum + gzipSync(file).length, 0);
}

/** The browser may use every processor, as a visitor's does; only the rest of the benchmarks keeps to one. */
async function probe(origin: string, cacheFolder: string): Promise<PageReport> {
  const command = [process.execPath, path.join(import.meta.dirname, 'page-probe.ts'), origin, cacheFolder];
  const processors = process.env[processorsVariable];
  const [file = '', ...args] = processors ? ['taskset', '--cpu-list', processors, ...command] : command;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error('Lighthouse could not look at the page.');
  return JSON.parse(answer);
}
