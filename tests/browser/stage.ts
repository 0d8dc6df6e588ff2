import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, afterEach, expect, test as plainTest } from 'vitest';
import { describe as describeError, Failure } from '../../local/src/failure.ts';
import { cache, root } from '../../local/src/paths.ts';
import { readPhoto, site } from '../engine-fixture.ts';
import { launchChromium } from './chromium.ts';

export const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const desktop = { viewport: { width: 1280, height: 800 } };

const screenshots = join(cache, 'screenshots');

/** What the browser itself logs about an answer or a connection that a test has caused. */
const networkLog = /^(Failed to load resource: |WebSocket connection to )/;

const launched = await launchChromium().catch((error: unknown) => {
  if (error instanceof Failure) return error;
  throw error;
});

/** Why there is no browser to test with; chromium.test.ts tells. */
export const noBrowser = launched instanceof Failure ? describeError(launched) : undefined;

/** A test that needs the browser. */
export const test = plainTest.skipIf(noBrowser !== undefined);

/** One visitor's browser, with storage of its own. */
export class Visit {
  readonly context: BrowserContext;
  /** What must not happen, and did. */
  readonly faults: string[] = [];
  readonly #allowed: RegExp[] = [];
  readonly #checks: Promise<void>[] = [];

  private constructor(context: BrowserContext) {
    this.context = context;
    context.on('weberror', (error) => this.faults.push(`uncaught: ${error.error().stack ?? error.error()}`));
    context.on('console', (message) => {
      const { url } = message.location();
      const isForced = networkLog.test(message.text()) && this.#allowed.some((each) => each.test(url + message.text()));
      if (message.type() === 'error' && !isForced) this.faults.push(`console: ${message.text()} (${url})`);
    });
    context.on('request', (request) => this.#checks.push(this.#checkPhoto(request)));
    context.on('dialog', (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** Comes to the site with a new browser profile; English unless told otherwise. */
  static async open(options: BrowserContextOptions = {}): Promise<Visit> {
    const browser = launched as Browser;
    const context = await browser.newContext({ baseURL: site.siteUrl, locale: 'en-GB', ...desktop, ...options });
    context.setDefaultTimeout(15_000);
    const visit = new Visit(context);
    visits.add(visit);
    return visit;
  }

  /** @returns a page that shows `path` */
  async page(path = '/'): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  /** The browser may log that a request to, or a WebSocket at, such an address has failed: the test sees to it. */
  allowFailures(address: RegExp): void {
    this.#allowed.push(address);
  }

  /** @returns everything that must not happen and did, once all is known */
  async close(): Promise<readonly string[]> {
    await this.context.close();
    await Promise.all(this.#checks);
    return this.faults;
  }

  /** A page never shows a photo that is not published, so it never asks for one either. */
  async #checkPhoto(request: Request): Promise<void> {
    const { origin, pathname } = new URL(request.url());
    const photoId = /^\/photos\/([^/]+)\//.exec(pathname)?.[1];
    if (origin !== site.siteUrl || photoId === undefined) return;
    const photo = await readPhoto(photoId);
    if (photo?.objStatus !== 'PROCESSED' || photo.deleteRequestedAt !== undefined) {
      this.faults.push(`asked for ${pathname}, which is ${photo?.objStatus ?? 'not there'}`);
    }
  }
}

const visits = new Set<Visit>();

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') {
    const pages = [...visits].flatMap(({ context }) => context.pages());
    const name = task.name.replace(/\W+/g, '-');
    await Promise.all(pages.map((page, index) => screenshot(page, `failed-${name}-${index}`).catch(() => {})));
  }
  const faults = await Promise.all([...visits].map((visit) => visit.close()));
  visits.clear();
  expect(faults.flat(), 'uncaught errors, errors on the console, photos that are not published').toEqual([]);
});

afterAll(async () => {
  if (!(launched instanceof Failure)) await launched.close();
});

/** The pictures of README.md. `make screenshots` takes them anew, on an engine where nothing else has been. */
const inReadme = new Map([
  ['places-desktop', (picture: Sharp) => picture.png({ palette: true })],
  ['place-phone', (picture: Sharp) => picture.jpeg({ quality: 80, mozjpeg: true })],
]);

/** Keeps what the page looks like in .cache/screenshots. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  const taken = await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
  const compress = inReadme.get(name);
  if (process.env['SCREENSHOTS'] !== 'docs' || !compress) return;
  const { data, info } = await compress(sharp(taken)).toBuffer({ resolveWithObject: true });
  await writeFile(join(root, 'docs', 'screenshots', `${name}.${info.format === 'jpeg' ? 'jpg' : 'png'}`), data);
}
