import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describe as describeError, Failure } from '../src/failure.ts';
import { choosePython, link } from '../src/python.ts';

describe('describe', () => {
  it('shows the output of the tool, the failure and what to do, without a stack', () => {
    const failure = new Failure('sam build failed.', { output: 'one\ntwo', advice: 'Try again.' });
    expect(describeError(failure)).toBe('  | one\n  | two\nsam build failed.\n  Try again.');
  });

  it.each([
    ['an error of Node', Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })],
    ["a tool's output", new Failure('uv failed.', { output: 'error: No space left on device (os error 28)' })],
  ])('says that the disk is full for %s', (_what, error) => {
    expect(describeError(error)).toMatch(/^The disk is full\./);
  });

  it('shows the stack of a bug', () => {
    expect(describeError(new TypeError('x is not a function'))).toContain('failure.test.ts');
  });
});

describe('choosePython', () => {
  const python = (version: string, hasVenv = true) => ({ command: `python${version}`, version, hasVenv });

  it('takes the first that is new enough and complete', () => {
    expect(choosePython([python('3.9'), python('3.12', false), python('3.10'), python('3.13')])).toBe('python3.10');
  });

  it.each([
    ['there is none', [], 'Python is missing.'],
    ['all are too old', [python('2.7'), python('3.9')], 'Python 2.7 is too old: 3.10 or newer is needed.'],
    ['it lacks venv', [python('3.9'), python('3.11', false)], 'Python 3.11 lacks its venv module.'],
  ])('says in one line that %s', (_why, found, message) => {
    expect(() => choosePython(found)).toThrow(message);
  });
});

describe('link', () => {
  it('leads, by a relative path, to the file it was given last, and leaves nothing beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'happy-path-link-'));
    const at = join(folder, 'bin', 'sam');
    for (const version of ['old', 'new', 'new']) await link(join(folder, version, 'bin', 'sam'), at);
    expect(await readlink(at)).toBe('../new/bin/sam');
    expect(await readdir(join(folder, 'bin'))).toEqual(['sam']);
    await rm(folder, { recursive: true });
  });
});
