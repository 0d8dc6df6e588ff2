import { type ChildProcess, spawn } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { keepRunning } from '../src/keep-running.ts';
import { poll } from '../src/poll.ts';

const node = (script: string): ChildProcess => spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
const forever = 'setInterval(() => {}, 1000)';

it('stops what it runs, and does not start it again', async () => {
  const start = vi.fn(() => node(forever));
  const kept = keepRunning('it', start, () => {});
  kept.stop();
  expect(await kept.ended).toBe(true);
  expect(start).toHaveBeenCalledTimes(1);
});

it('gives up on a program that ends right after its start', async () => {
  const log: string[] = [];
  const start = vi.fn(() => node('process.exit(7)'));
  expect(await keepRunning('it', start, (text) => log.push(text)).ended).toBe(false);
  expect(start).toHaveBeenCalledTimes(1);
  expect(log).toEqual(['it ended unexpectedly (exit code 7) after 0 s', 'giving up on it']);
});

it('starts a program again that crashed after it had run for a while', async () => {
  const clock = vi.spyOn(performance, 'now');
  const start = vi.fn(() => node(forever));
  const kept = keepRunning('it', start, () => {});
  const first: ChildProcess = start.mock.results[0]?.value;
  await poll('the first life', 5_000, async () => first.pid);
  clock.mockReturnValue(performance.now() + 60_000);
  first.kill('SIGKILL');
  await poll('the second life', 5_000, async () => start.mock.results[1]);
  clock.mockRestore();
  kept.stop();
  expect(await kept.ended).toBe(true);
});

it('ends a program that does not when it is asked to', async () => {
  const deaf = spawn(process.execPath, ['-e', `process.on('SIGTERM', () => {}); console.log('deaf'); ${forever}`]);
  const kept = keepRunning(
    'it',
    () => deaf,
    () => {},
    200,
  );
  await new Promise((listens) => deaf.stdout.once('data', listens));
  kept.stop();
  expect(await kept.ended).toBe(true);
  expect(deaf.signalCode).toBe('SIGKILL');
});
