import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { withLock } from '../../tools/lock.ts';
import { Failure } from './failure.ts';
import { cache, root } from './paths.ts';
import { step } from './progress.ts';
import { run } from './run.ts';

type Environment = 'engine' | 'sam' | 'uv';

const probe = 'import sys; print("%d.%d" % sys.version_info[:2]); import venv, ensurepip';
const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/** What a candidate said: its version, and whether it can make virtual environments. */
export interface Found {
  command: string;
  version: string;
  hasVenv: boolean;
}

/**
 * The first Python that is new enough and complete.
 *
 * @throws Failure saying what to install
 */
export function choosePython(found: Found[]): string {
  const newEnough = found.filter(({ version }) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major === 3 && minor >= 10;
  });
  const usable = newEnough.find(({ hasVenv }) => hasVenv);
  if (usable) return usable.command;
  const [incomplete] = newEnough;
  if (incomplete) {
    throw new Failure(`Python ${incomplete.version} lacks its venv module.`, {
      advice: `Install it (Debian, Ubuntu: apt install python${incomplete.version}-venv) and run the command again.`,
    });
  }
  const [old] = found;
  throw new Failure(old ? `Python ${old.version} is too old: 3.10 or newer is needed.` : 'Python is missing.', {
    advice:
      'Install Python 3.10 or newer with its venv module (macOS: brew install python; Debian: apt install python3 python3-venv).',
  });
}

async function findPython(): Promise<string> {
  const found: Found[] = [];
  for (const command of candidates) {
    // The version is printed before the import that may fail, so a run that failed still tells it.
    const said = await run(
      { command, args: ['-c', `${probe}; print("complete")`], cwd: root, env: process.env },
      command,
    ).catch((error: unknown) => (error instanceof Failure ? (error.output ?? '') : ''));
    const version = /^3\.\d+|^2\.\d+/m.exec(said)?.[0];
    if (!version) continue;
    found.push({ command, version, hasVenv: said.includes('complete') });
    if (found.some(({ hasVenv, version: v }) => hasVenv && Number(v.split('.')[1]) >= 10)) break;
  }
  return choosePython(found);
}

const lockFile = (name: Environment): string => join(root, 'local', name, 'requirements.txt');

async function folderOf(name: Environment): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(lockFile(name)))
    .digest('hex')
    .slice(0, 12);
  return join(cache, `venv-${name}-${hash}`);
}

const pythonIn = (folder: string): string => join(folder, 'bin', 'python');
const isComplete = (folder: string): boolean => existsSync(join(folder, 'complete')) && existsSync(pythonIn(folder));

/**
 * The Python of a virtual environment holding what local/<name>/requirements.txt lists; made on first use, and again when
 * that file changes or an earlier attempt did not finish.
 */
export async function pythonOf(name: 'engine' | 'sam'): Promise<string> {
  const folder = await folderOf(name);
  if (!isComplete(folder)) {
    await withLock(`${folder}.lock`, async () => {
      if (!isComplete(folder)) await step(`install ${label[name]}`, () => install(name, folder));
    });
  }
  if (name === 'sam') await link(join(folder, 'bin', 'sam'), join(cache, 'bin', 'sam'));
  return pythonIn(folder);
}

/** Points a relative symbolic link at a file, in one go: whoever follows it meanwhile finds the old file or the new one. */
export async function link(file: string, at: string): Promise<void> {
  const target = relative(dirname(at), file);
  if ((await readlink(at).catch(() => undefined)) === target) return;
  const temporary = `${at}.${randomUUID()}`;
  await mkdir(dirname(at), { recursive: true });
  await symlink(target, temporary);
  await rename(temporary, at);
}

const label = { engine: 'the engine (MiniStack)', sam: 'AWS SAM CLI' };

const noNetwork =
  'Check the network and the proxy; behind a package mirror, set PIP_INDEX_URL. Then run the command again.';

async function install(name: 'engine' | 'sam', folder: string): Promise<void> {
  const python = await findPython();
  const uv = await uvWith(python);
  await rm(folder, { recursive: true, force: true });
  const failed = `Could not install ${label[name]}.`;
  const env = { UV_DEFAULT_INDEX: process.env['PIP_INDEX_URL'], ...process.env, UV_PYTHON_DOWNLOADS: 'never' };
  const invoke = (args: string[]) => run({ command: uv, args, cwd: root, env }, failed, noNetwork);
  await invoke(['-q', 'venv', '--no-project', '--python', python, folder]);
  await invoke(['-q', 'pip', 'install', '--python', pythonIn(folder), '--require-hashes', '-r', lockFile(name)]);
  await writeFile(join(folder, 'complete'), '');
}

/** uv installs in a few seconds what takes pip half a minute; pip fetches uv, checked by hash. */
async function uvWith(python: string): Promise<string> {
  const folder = await folderOf('uv');
  await withLock(`${folder}.lock`, async () => {
    if (isComplete(folder)) return;
    await rm(folder, { recursive: true, force: true });
    const failed = 'Could not install uv, which installs the engine and AWS SAM CLI.';
    const invoke = (command: string, args: string[]) =>
      run({ command, args, cwd: root, env: process.env }, failed, noNetwork);
    await invoke(python, ['-m', 'venv', folder]);
    await invoke(pythonIn(folder), [
      '-m',
      'pip',
      'install',
      '-q',
      '--disable-pip-version-check',
      '--require-hashes',
      '-r',
      lockFile('uv'),
    ]);
    await writeFile(join(folder, 'complete'), '');
  });
  return join(folder, 'bin', 'uv');
}
