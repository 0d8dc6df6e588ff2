/**
 * Run by page.ts in a process of its own: `page-probe.ts <origin> <cache folder>` prints as JSON what Lighthouse says of
 * each view, or why there is no browser to look with.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { Failure } from '../local/src/failure.ts';
import { launchChromium } from '../tests/browser/chromium.ts';
import { withLock } from '../tools/lock.ts';
import type { Look, PageReport } from './page.ts';
import { median } from './report.ts';

const rounds = 3;
const lighthouseFolder = path.join(import.meta.dirname, 'lighthouse');

/** What is used of Lighthouse, which is installed apart and only when it is needed. */
interface Lighthouse {
  default(url: string, flags: object, config?: object): Promise<Result>;
  snapshot(page: PuppeteerPage, options: { config?: object; flags: object }): Promise<Result>;
  desktopConfig: object;
}

interface Result {
  readonly lhr: {
    readonly categories: Record<string, { readonly score: number | null; readonly auditRefs: readonly AuditRef[] }>;
    readonly audits: Record<string, Audit>;
    readonly runtimeError?: { readonly message: string };
  };
}

interface AuditRef {
  readonly id: string;
  readonly weight: number;
}

interface Audit {
  readonly title: string;
  readonly score: number | null;
  readonly numericValue?: number;
  readonly details?: { readonly items?: readonly Record<string, unknown>[] };
}

interface PuppeteerPage {
  setViewport(viewport: object): Promise<void>;
  goto(url: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  close(): Promise<void>;
}

const [origin = '', cacheFolder = ''] = process.argv.slice(2);

async function report(): Promise<PageReport> {
  const port = await freePort();
  let browser: Browser;
  try {
    // Lighthouse talks to the browser over a port. And without a desktop's settings a Chromium says that its language is
    // `en-US@posix`, which no visitor's does and Intl refuses.
    browser = await launchChromium([`--remote-debugging-port=${port}`, '--accept-lang=en-GB']);
  } catch (error) {
    if (error instanceof Failure) return { noBrowser: error.message };
    throw error;
  }
  try {
    return { looks: await looks(port), browser: browser.version() };
  } finally {
    await browser.close();
  }
}

async function looks(port: number): Promise<Look[]> {
  await installLighthouse();
  const lighthouse: Lighthouse = await import(installed('lighthouse/core/index.js'));
  const views = [
    { view: 'places', path: '/' },
    { view: 'place with photos', path: '/places/place-0' },
  ];
  const presets = [
    { preset: 'mobile', config: undefined },
    { preset: 'desktop', config: lighthouse.desktopConfig },
  ];
  const found: Look[] = [];
  for (const { preset, config } of presets) {
    for (const { view, path } of views) {
      const results: Result[] = [];
      for (let round = 0; round < rounds; round++) {
        const onlyCategories = ['performance', ...(round === 0 ? ['accessibility', 'best-practices'] : [])];
        results.push(await lighthouse.default(origin + path, { port, onlyCategories, logLevel: 'silent' }, config));
      }
      found.push(lookOf(`${view}, ${preset}`, results));
    }
  }
  return [...found, lookOf('places, map, mobile', [await mapOnPhone(lighthouse, port)])];
}

/** On a phone the map comes by a button: it is judged as it stands, without a load to measure. */
async function mapOnPhone({ snapshot }: Lighthouse, port: number): Promise<Result> {
  const { default: puppeteer } = await import(installed('puppeteer-core/lib/puppeteer/puppeteer-core.js'));
  const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${port}`, defaultViewport: null });
  const page: PuppeteerPage = await browser.newPage();
  await page.setViewport({ width: 412, height: 823, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true });
  await page.goto(origin);
  await page.waitForSelector('.places__panels label:last-of-type');
  await page.click('.places__panels label:last-of-type');
  await page.waitForSelector('.pin');
  const result = await snapshot(page, {
    flags: { onlyCategories: ['accessibility', 'best-practices'], logLevel: 'silent' },
  });
  await page.close();
  await browser.disconnect();
  return result;
}

function lookOf(name: string, results: readonly Result[]): Look {
  const [first] = results;
  if (!first) throw new Error('Lighthouse was not asked');
  for (const { lhr } of results) if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
  const { categories, audits } = first.lhr;
  const requests = audits['network-requests']?.details?.items;
  const bytes = (wanted: (resourceType: unknown) => boolean) =>
    requests
      ?.filter(({ resourceType }) => wanted(resourceType))
      .reduce((sum, { transferSize }) => sum + Number(transferSize), 0);
  const percent = ({ lhr }: Result, category: string) =>
    Math.round((lhr.categories[category]?.score ?? Number.NaN) * 100);
  const middle = (audit: string) => {
    const values = results.flatMap(({ lhr }) => lhr.audits[audit]?.numericValue ?? []);
    return values.length === 0 ? undefined : median(values);
  };
  const failed = ['accessibility', 'best-practices'].flatMap((category) =>
    (categories[category]?.auditRefs ?? []).flatMap(({ id, weight }) => {
      const { title = id, score = 1, details } = audits[id] ?? {};
      if (weight === 0 || score === null || score === 1) return [];
      return [{ id, title, items: (details?.items ?? []).slice(0, 3).map((item) => JSON.stringify(item)) }];
    }),
  );
  return {
    name,
    accessibility: percent(first, 'accessibility'),
    bestPractices: percent(first, 'best-practices'),
    performance: categories['performance'] && median(results.map((each) => percent(each, 'performance'))),
    firstPaintMs: middle('first-contentful-paint'),
    largestPaintMs: middle('largest-contentful-paint'),
    blockingMs: middle('total-blocking-time'),
    shift: middle('cumulative-layout-shift'),
    requests: requests?.length,
    bytes: bytes(() => true),
    scriptBytes: bytes((type) => type === 'Script'),
    photoBytes: bytes((type) => type === 'Image'),
    failed,
  };
}

const installed = (file: string): string => pathToFileURL(path.join(lighthouseFolder, 'node_modules', file)).href;

/** Installs Lighthouse, 180 MB, unless it is that of its lock file. */
async function installLighthouse(): Promise<void> {
  const mark = path.join(lighthouseFolder, 'node_modules', '.installed');
  const wanted = createHash('sha256')
    .update(await readFile(path.join(lighthouseFolder, 'package-lock.json')))
    .digest('hex');
  await withLock(path.join(cacheFolder, 'lighthouse.lock'), async () => {
    if ((await readFile(mark, 'utf8').catch(() => '')) === wanted) return;
    console.error('Installing Lighthouse (kept in bench/lighthouse) ...');
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
    await promisify(execFile)('npm', args, { cwd: lighthouseFolder });
    await writeFile(mark, wanted);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

console.log(JSON.stringify(await report()));
