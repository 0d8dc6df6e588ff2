import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { demo } from '../src/demo.ts';
import { describe as describeError, Failure } from '../src/failure.ts';
import { poll } from '../src/poll.ts';
import { Visitor } from '../src/visitor.ts';

vi.mock('../src/up.ts', () => ({ up: async () => undefined }));
vi.mock('../src/engine.ts', () => ({ connect: async () => ({ siteUrl: 'http://site.localhost:4566' }) }));
vi.mock('../src/visitor.ts', () => ({ Visitor: Object.assign(class {}, { signUp: vi.fn() }) }));

let printed: string[];

beforeEach(() => {
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line) => printed.push(line));
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  vi.stubEnv('INSTANCE', 'mine');
  vi.stubEnv('PORT', '4600');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a demo prints that fails so. */
async function endWith(failing: () => Promise<never>): Promise<string> {
  vi.mocked(Visitor.signUp).mockImplementation(failing);
  return demo().then(() => expect.fail('no failure'), describeError);
}

it('that waits in vain says so in a line, what to look at, and where the page is', async () => {
  const said = await endWith(async () => {
    await poll('photo 1 to be published or refused', 1, async () => undefined);
    return expect.fail('an answer');
  });

  expect(said.split('\n')).toEqual([
    'Waited 0.001 s for photo 1 to be published or refused, in vain.',
    '  make logs INSTANCE=mine shows what the engine wrote, make status INSTANCE=mine what runs.',
  ]);
  expect(printed.join('\n')).toContain('http://site.localhost:4566/');
});

it('keeps the advice there is, and the stack of a bug', async () => {
  const known = new Failure('No places.', { advice: 'Ask the map.' });
  expect(await endWith(() => Promise.reject(known))).toBe('No places.\n  Ask the map.');
  expect(await endWith(() => Promise.reject(new TypeError('x is no function')))).toContain('demo.test.ts');
});
