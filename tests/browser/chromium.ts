import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import unpacker, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';
import { Failure } from '../../local/src/failure.ts';
import { cache, root } from '../../local/src/paths.ts';
import { withLock } from '../../tools/lock.ts';

/** How to start a Chromium that is here. */
interface Installation {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * Starts CHROMIUM_PATH if it is given, else the Chromium of npm's @sparticuz/chromium, which is the same everywhere, else
 * an installed one.
 *
 * @param args more of its command line
 * @throws Failure in one line when there is none, or system libraries are missing
 */
export async function launchChromium(args: string[] = []): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return chromium.launch({ executablePath, args, env: { ...definedEnvironment(), ...env } });
}

async function findChromium(): Promise<Installation> {
  const own = process.env['CHROMIUM_PATH'];
  if (own !== undefined && own !== '') {
    if (!existsSync(own)) throw new Failure(`CHROMIUM_PATH=${own}: there is no such file.`);
    return { executablePath: own, env: {} };
  }
  // The package holds a binary for this platform only.
  const isPackaged = process.platform === 'linux' && process.arch === 'x64';
  const packaged = isPackaged ? await packagedChromium() : undefined;
  if (packaged?.missing === '') return packaged;
  const installed = usualPlaces.find((path) => existsSync(path));
  if (installed !== undefined) return { executablePath: installed, env: {} };
  const why = packaged ? `system libraries are missing: ${packaged.missing}` : 'there is none for this platform on npm';
  throw new Failure(`No Chromium to test with: ${why}. Install Chromium or Chrome, or set CHROMIUM_PATH.`);
}

/** @returns with it what it lacks on this machine; empty if nothing */
async function packagedChromium(): Promise<Installation & { readonly missing: string }> {
  const folder = await unpacked();
  const executablePath = join(folder, 'chromium');
  const fonts: Record<string, string> = existsSync('/etc/fonts') ? {} : { FONTCONFIG_PATH: join(folder, 'fonts') };
  const missing = await missingLibraries(executablePath, {});
  if (missing === '') return { executablePath, env: fonts, missing };
  // The package brings the libraries that a bare machine lacks most often.
  const env = { ...fonts, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') };
  return { executablePath, env, missing: await missingLibraries(executablePath, env) };
}

/** Unpacks the package into .cache, once. @returns the folder */
async function unpacked(): Promise<string> {
  const source = join(root, 'node_modules', '@sparticuz', 'chromium');
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const folder = join(cache, `chromium-${version}`);
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    // The unpacker writes into the temporary folder, and takes whatever lies there already for complete.
    const part = `${folder}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part);
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = part;
    try {
      await Promise.all([unpacker.executablePath(), inflate(join(source, 'bin', 'al2023.tar.br'))]);
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
    }
    const fonts = join(part, 'fonts', 'fonts.conf');
    await writeFile(fonts, (await readFile(fonts, 'utf8')).replaceAll('/tmp/fonts', join(folder, 'fonts')));
    await rename(part, folder);
  });
  return folder;
}

/** @returns the names of libraries that the loader does not find, separated by commas */
async function missingLibraries(executablePath: string, env: Record<string, string>): Promise<string> {
  const found = await promisify(execFile)('ldd', [executablePath], { env: { ...process.env, ...env } }).catch(
    (error: { stdout?: string; stderr?: string }) => ({ stdout: error.stdout ?? '', stderr: error.stderr ?? '' }),
  );
  // As glibc and as musl put it.
  const lines = `${found.stdout}\n${found.stderr}`.matchAll(/(\S+) => not found|Error loading shared library (\S+?):/g);
  return [...new Set([...lines].map(([, glibc, musl]) => glibc ?? musl))].join(', ');
}

const definedEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
