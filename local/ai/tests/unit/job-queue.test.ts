import { describe, expect, it } from 'vitest';
import { createJobQueue, QueueFullError } from '../../src/job-queue.ts';

const stays = new AbortController().signal;

describe('createJobQueue', () => {
  it('runs one job at a time, in the order they came', async () => {
    const queue = createJobQueue(10);
    const events: string[] = [];
    const job = (name: string) => async () => {
      events.push(`${name} begins`);
      await Promise.resolve();
      events.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all(['a', 'b', 'c'].map((name) => queue.run(job(name), stays)));
    expect(results.map(({ value }) => value)).toEqual(['a', 'b', 'c']);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('turns away those who come when all places are taken', async () => {
    const queue = createJobQueue(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = queue.run(() => promise, stays);
    const waiting = queue.run(async () => 'second', stays);
    await expect(queue.run(async () => 'third', stays)).rejects.toThrow(QueueFullError);
    expect(queue.waiting).toBe(1);
    resolve();
    await running;
    expect((await waiting).value).toBe('second');
  });

  it('drops a job whose client has gone, and gives its place to another', async () => {
    const queue = createJobQueue(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = queue.run(() => promise, stays);
    const client = new AbortController();
    let ran = false;
    const dropped = queue.run(async () => {
      ran = true;
    }, client.signal);
    client.abort(new Error('gone'));
    await expect(dropped).rejects.toThrow('gone');
    const next = queue.run(async () => 'next', stays);
    resolve();
    await running;
    expect((await next).value).toBe('next');
    expect(ran).toBe(false);
  });

  it('goes on after a job that failed', async () => {
    const queue = createJobQueue(1);
    await expect(queue.run(() => Promise.reject(new Error('no')), stays)).rejects.toThrow('no');
    expect((await queue.run(async () => 'yes', stays)).value).toBe('yes');
  });
});
