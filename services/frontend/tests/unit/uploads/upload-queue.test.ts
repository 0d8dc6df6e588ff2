// @vitest-environment node
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { isFinal } from '../../../src/uploads/upload-item.ts';
import { UploadFault } from '../../../src/uploads/upload-ports.ts';
import { settle } from '../turned-clock.ts';
import { type Fate, jpeg, quick, World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = new World();
  await world.queue.start();
});

const fail = (...fates: Fate[]) => {
  world.fates = fates.map((fate) => ({ fate, tookMs: 0 }));
};

describe('the usual way', () => {
  test('checks, asks, sends, and tells that the photo is published', async () => {
    const id = await world.add();
    expect(world.view(id)).toMatchObject({ state: 'sent', contentType: 'image/jpeg' });
    await world.run();
    expect(world.view(id)?.state).toBe('published');
    expect(world.published(id)).toHaveLength(1);
    expect(world.calls).toEqual(['ticket', 'put']);
    expect(world.ended.map((item) => item.state)).toEqual(['published']);
  });

  test('keeps nothing of a published photo', async () => {
    await world.add();
    await world.run();
    expect(world.stored.size + world.files.size).toBe(0);
  });

  test('works on two at a time, and on the next as soon as one is sent', async () => {
    world.fates = Array.from({ length: 20 }, () => ({ fate: 'ok', tookMs: 1000 }));
    const ids = [await world.add(), await world.add(), await world.add()];
    const states = () => ids.map((id) => world.view(id)?.state);
    expect(states()).toEqual(['asking', 'asking', 'waiting']);
    await world.clock.turn(2000);
    expect(states()).toEqual(['sent', 'sent', 'asking']);
    await world.run();
    expect(states()).toEqual(['published', 'published', 'published']);
  });

  test('tells how far each upload is', async () => {
    world.fates = [
      { fate: 'ok', tookMs: 0 },
      { fate: 'ok', tookMs: 1000 },
    ];
    const id = await world.add();
    expect(world.view(id)).toMatchObject({ state: 'sending', sentBytes: 0 });
    await world.clock.turn(1000);
    expect(world.view(id)?.state).toBe('sent');
  });
});

describe('what breaks a rule', () => {
  test('is refused before anything is sent, and does not hold up the others', async () => {
    const small = await world.add(jpeg(20, 31));
    const other = await world.add(quick(new TextEncoder().encode('<script>alert(1)</script>')));
    const good = await world.add();
    await world.run();
    expect(world.view(small)?.problem).toEqual({
      code: 'IMAGE_TOO_SMALL',
      values: { width: 20, height: 31, minSidePx: 32 },
    });
    expect(world.view(other)?.problem).toEqual({ code: 'UNSUPPORTED_TYPE' });
    expect(world.view(good)?.state).toBe('published');
    expect(world.calls).toEqual(['ticket', 'put']);
    expect(world.files.size).toBe(0);
  });

  test('stays in the list over a reload, until it is dismissed', async () => {
    const id = await world.add(jpeg(20, 31));
    await world.reload();
    expect(world.view(id)?.state).toBe('refused');
    world.queue.dismiss(id);
    await settle();
    await world.reload();
    expect(world.views).toEqual([]);
  });

  test('is told with the reason of the workflow', async () => {
    world.outcome = { status: 'REJECTED', reason: 'NO_PEOPLE_ALLOWED', reasonDetail: 'There seems to be a person.' };
    const id = await world.add();
    await world.run();
    expect(world.view(id)).toMatchObject({
      state: 'refused',
      problem: { code: 'NO_PEOPLE_ALLOWED', detail: 'There seems to be a person.' },
    });
    expect(world.files.size).toBe(0);
  });

  test('a fault of the system can be tried again with the same file, as another photo', async () => {
    world.outcome = { status: 'FAILED', reason: 'SYSTEM_FAULT' };
    const id = await world.add();
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'failed', canRetry: true, problem: { code: 'SYSTEM_FAULT' } });
    world.outcome = { status: 'PROCESSED' };
    world.queue.retry(id);
    await world.run();
    expect(world.published(id)).toHaveLength(1);
    expect(world.files.size).toBe(0);
    // An operator who has failed photos processed again does not publish it twice.
    expect([...world.photos.values()].map(({ status, isWithdrawn }) => ({ status, isWithdrawn }))).toEqual([
      { status: 'FAILED', isWithdrawn: true },
      { status: 'PROCESSED', isWithdrawn: false },
    ]);
  });

  test('what an operator has had published meanwhile is not sent again', async () => {
    world.outcome = { status: 'FAILED', reason: 'SYSTEM_FAULT' };
    const id = await world.add();
    await world.run();
    const [photo] = world.photos.values();
    if (photo) world.photos.set(photo.photoId, { ...photo, status: 'PROCESSED' });
    world.queue.retry(id);
    await world.run();
    expect(world.photos.size).toBe(1);
    expect(world.published(id)).toHaveLength(1);
    expect(world.view(id)).toMatchObject({ state: 'published' });
  });
});

describe('a bad network', () => {
  test('is tried again later and later', async () => {
    fail('request-lost', 'request-lost');
    const id = await world.add();
    expect(world.view(id)).toMatchObject({ state: 'waiting', pause: 'retrying' });
    await world.clock.turn(750);
    expect(world.calls).toHaveLength(2);
    await world.clock.turn(1499);
    expect(world.calls).toHaveLength(2);
    await world.clock.turn(1);
    expect(world.calls).toHaveLength(4);
    await world.run();
    expect(world.published(id)).toHaveLength(1);
  });

  test('that comes back is used at once', async () => {
    world.isOnline = false;
    fail(...Array<Fate>(3).fill('request-lost'));
    const id = await world.add();
    expect(world.view(id)?.pause).toBe('offline');
    await world.clock.turn(5000);
    world.fates = [];
    world.goOnline(true);
    await settle();
    expect(world.view(id)?.state).toBe('sent');
  });

  test('does not make an upload fail while there is none at all', async () => {
    world.isOnline = false;
    fail(...Array<Fate>(1000).fill('request-lost'));
    const id = await world.add();
    await world.run(3);
    expect(world.view(id)?.state).toBe('waiting');
  });

  test('that stays bad is a failure that can be tried again, and is when the network comes back', async () => {
    fail(...Array<Fate>(10).fill('request-lost'));
    const id = await world.add();
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'failed', canRetry: true, problem: { code: 'NETWORK' } });
    world.goOnline(true);
    await world.run();
    expect(world.published(id)).toHaveLength(1);
  });

  test('that loses the answer of the bucket does not send the photo twice', async () => {
    fail('ok', 'answer-lost');
    const id = await world.add();
    await world.run();
    expect(world.published(id)).toHaveLength(1);
    expect(world.calls.filter((name) => name === 'put')).toHaveLength(1);
  });

  test('412 says that the photo is there', async () => {
    fail('ok', 'answer-lost');
    world.workflowMs = 10_000;
    const id = await world.add();
    await world.clock.turn(1000);
    expect(world.calls).toEqual(['ticket', 'put', 'standing', 'put']);
    expect(world.view(id)?.state).toBe('sent');
    await world.run();
    expect(world.published(id)).toHaveLength(1);
  });

  test('a bucket that is busy is tried again', async () => {
    world.bucketStatuses = [503, 409, 500];
    const id = await world.add();
    await world.run();
    expect(world.published(id)).toHaveLength(1);
  });
});

describe('a network that has gone silent', () => {
  test('is told, until something gets through', async () => {
    world.fates = [
      { fate: 'ok', tookMs: 0 },
      { fate: 'ok', tookMs: 30_000 },
    ];
    const id = await world.add();
    await world.clock.turn(7999);
    expect(world.view(id)).toMatchObject({ state: 'sending', pause: undefined });
    await world.clock.turn(1);
    expect(world.view(id)).toMatchObject({ state: 'sending', pause: 'stalled' });
    world.progress(id, 100);
    expect(world.view(id)).toMatchObject({ sentBytes: 100, pause: undefined });
    await world.clock.turn(8000);
    expect(world.view(id)?.pause).toBe('stalled');
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'published', pause: undefined });
  });
});

describe('a ticket that has ended', () => {
  test('is taken back before there is a new one', async () => {
    fail('ok', 'request-lost', 'request-lost');
    const id = await world.add();
    await world.clock.turn(300);
    world.isOnline = false;
    fail(...Array<Fate>(30).fill('request-lost'));
    await world.clock.turn(400_000);
    world.fates = [];
    world.calls.length = 0;
    world.goOnline(true);
    await world.run();
    expect(world.calls).toEqual(['standing', 'withdraw', 'ticket', 'put']);
    expect(world.published(id)).toHaveLength(1);
  });

  test('according to the bucket only is replaced, too', async () => {
    world.bucketStatuses = [403];
    const id = await world.add();
    await world.run();
    expect(world.calls).toEqual(['ticket', 'put', 'standing', 'withdraw', 'ticket', 'put']);
    expect(world.published(id)).toHaveLength(1);
  });

  test('again and again is a failure', async () => {
    world.bucketStatuses = Array(3).fill(403);
    const id = await world.add();
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'failed', canRetry: true, problem: { code: 'STORAGE_REFUSED' } });
    world.queue.retry(id);
    await world.run();
    expect(world.published(id)).toHaveLength(1);
  });
});

describe('a closed tab', () => {
  test.each<[string, Fate[]]>([
    ['before the ticket', ['closed-before']],
    ['with the ticket on its way', ['closed-after']],
    ['before sending', ['ok', 'closed-before']],
    ['after sending', ['ok', 'closed-after']],
    ['over and over', ['closed-after', 'ok', 'closed-after', 'closed-after', 'closed-before']],
  ])('%s: the upload goes on and is published once', async (_, fates) => {
    fail(...fates);
    const id = await world.add();
    await world.run();
    expect(world.published(id)).toHaveLength(1);
    expect(world.calls.filter((name) => name === 'put').length).toBeLessThanOrEqual(2);
    expect(world.stored.size + world.files.size).toBe(0);
  });

  test('asks about the photo before it sends anything', async () => {
    fail('ok', 'closed-after');
    await world.add();
    await settle();
    expect(world.calls.slice(0, 3)).toEqual(['ticket', 'put', 'standing']);
  });

  test('a photo that was sent is followed', async () => {
    world.workflowMs = 60_000;
    const id = await world.add();
    expect(world.view(id)?.state).toBe('sent');
    await world.reload();
    await world.run();
    expect(world.ended.map((item) => item.state)).toEqual(['published']);
  });

  test('what the disk has lost is told', async () => {
    fail('closed-before');
    const adding = world.add();
    world.files.clear();
    const id = await adding;
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'refused', problem: { code: 'FILE_GONE' } });
  });

  test('what was moved meanwhile is told, and not taken for a bad network', async () => {
    fail('request-lost');
    const id = await world.add();
    const moved = () => Promise.reject(new DOMException('Moved', 'NotReadableError'));
    const file = world.files.get(id) as Blob;
    world.files.set(id, Object.assign(file, { slice: () => ({ arrayBuffer: moved }) }));
    await world.reload();
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'refused', problem: { code: 'FILE_GONE' } });
    expect(world.calls).not.toContain('put');
  });

  test.each([1, 2, 3])('a file that cannot be read for a moment is tried again (read %i)', async (failing) => {
    const file = jpeg();
    const slice = file.slice.bind(file);
    let reads = 0;
    const failed = () => Promise.reject(new DOMException('Busy', 'UnknownError'));
    Object.assign(file, {
      slice: (...range: [number, number]) => {
        reads += 1;
        return reads === failing ? { arrayBuffer: failed } : slice(...range);
      },
    });
    const id = await world.add(file);
    await world.run();
    expect(reads).toBeGreaterThan(failing);
    expect(world.ended.map(({ state }) => state)).toEqual(['published']);
    expect(world.published(id)).toHaveLength(1);
  });

  test('a file that can never be read is given up at last, and can be tried again', async () => {
    const failed = () => Promise.reject(new DOMException('Busy', 'UnknownError'));
    const id = await world.add(Object.assign(jpeg(), { slice: () => ({ arrayBuffer: failed }) }));
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'failed', problem: { code: 'UNEXPECTED' }, canRetry: true });
    expect(world.calls).toEqual([]);
  });

  test('what cannot be read just now is kept, and can be tried again', async () => {
    world.isStorageBroken = true;
    const id = await world.add();
    await world.run();
    expect(world.view(id)).toMatchObject({ state: 'failed', canRetry: true });
    expect(world.files.size).toBe(1);
    world.isStorageBroken = false;
    world.queue.retry(id);
    await world.run();
    expect(world.published(id)).toHaveLength(1);
  });
});

describe('lost news', () => {
  beforeEach(() => {
    world.hasNews = false;
  });

  test('are asked for with growing pauses', async () => {
    world.workflowMs = 100_000;
    const id = await world.add();
    await world.clock.turn(99_999);
    const asked = world.calls.filter((name) => name === 'standing').length;
    expect(asked).toBe(7);
    await world.run();
    expect(world.view(id)?.state).toBe('published');
  });

  test('are asked for as soon as the connection is back', async () => {
    const id = await world.add();
    await world.clock.turn(600);
    expect(world.view(id)?.state).toBe('sent');
    world.reconnect();
    await settle();
    expect(world.view(id)?.state).toBe('published');
  });

  test('a photo that is gone was deleted by its owner', async () => {
    world.workflowMs = undefined;
    const id = await world.add();
    world.photos.clear();
    await world.run();
    expect(world.view(id)?.state).toBe('cancelled');
    expect(world.ended).toEqual([]);
  });
});

describe('cancelling', () => {
  test('before sending leaves nothing', async () => {
    world.fates = [{ fate: 'ok', tookMs: 1000 }];
    const id = await world.add();
    world.queue.cancel(id);
    await world.run();
    expect(world.view(id)?.state).toBe('cancelled');
    expect(world.photos.size + world.stored.size + world.files.size).toBe(0);
  });

  test('while sending takes the photo back, however often that needs to be tried', async () => {
    world.fates = [
      { fate: 'ok', tookMs: 0 },
      { fate: 'ok', tookMs: 5000 },
      { fate: 'request-lost', tookMs: 0 },
      { fate: 'closed-before', tookMs: 0 },
      { fate: 'fault', tookMs: 0 },
    ];
    const id = await world.add();
    expect(world.view(id)?.state).toBe('sending');
    world.queue.cancel(id);
    expect(world.view(id)?.state).toBe('cancelled');
    await world.run();
    expect([...world.photos.values()].map(({ isWithdrawn }) => isWithdrawn)).toEqual([true]);
    expect(world.stored.size + world.files.size).toBe(0);
  });

  test('ends with the account: nothing is left to be taken back', async () => {
    world.fates = [
      { fate: 'ok', tookMs: 0 },
      { fate: 'ok', tookMs: 5000 },
    ];
    const id = await world.add();
    world.withdrawRefusal = new UploadFault('account-deleted');
    world.queue.cancel(id);
    await world.run();
    expect(world.calls).toEqual(['ticket', 'put', 'withdraw']);
    expect(world.stored.size + world.files.size).toBe(0);
  });

  test('waits for the session, and goes on with it', async () => {
    world.fates = [
      { fate: 'ok', tookMs: 0 },
      { fate: 'ok', tookMs: 5000 },
    ];
    const id = await world.add();
    world.withdrawRefusal = new UploadFault('signed-out');
    world.queue.cancel(id);
    await world.run();
    expect(world.calls).toEqual(['ticket', 'put', 'withdraw']);
    expect(world.signedOut).toBe(1);
    world.withdrawRefusal = undefined;
    world.queue.resume();
    await world.run();
    expect([...world.photos.values()].map(({ isWithdrawn }) => isWithdrawn)).toEqual([true]);
    expect(world.stored.size).toBe(0);
  });

  test('makes room for the next', async () => {
    world.fates = Array.from({ length: 2 }, () => ({ fate: 'ok', tookMs: 3600_000 }));
    const ids = [await world.add(), await world.add(), await world.add()];
    world.queue.cancel(ids[0] ?? '');
    await settle();
    expect(world.view(ids[2] ?? '')?.state).toBe('sent');
  });
});

describe('people', () => {
  test('nobody sends the photos of somebody else', async () => {
    const id = await world.add(jpeg(), 'a.jpg', 'berta');
    await world.reload();
    await world.run();
    expect(world.calls).toEqual([]);
    expect(world.views.map((item) => item.id)).not.toContain(id);
    expect(world.stored.has(id)).toBe(true);
  });

  test('whose session ends in between go on after they are back', async () => {
    world.refusal = new UploadFault('signed-out');
    const id = await world.add();
    expect(world.view(id)).toMatchObject({ state: 'waiting', pause: 'signed-out' });
    expect(world.signedOut).toBe(1);
    await world.run();
    expect(world.calls).toHaveLength(1);
    world.refusal = undefined;
    world.queue.resume();
    await world.run();
    expect(world.published(id)).toHaveLength(1);
  });

  test('who have used up their quota are not asked for each, and can try all of them again', async () => {
    world.refusal = new UploadFault('quota', 'At most 200 uploads a day');
    world.fates = Array.from({ length: 2 }, () => ({ fate: 'ok', tookMs: 1000 }));
    const ids = [await world.add(), await world.add(), await world.add(), await world.add()];
    await world.run();
    for (const id of ids) expect(world.view(id)).toMatchObject({ state: 'failed', problem: { code: 'QUOTA' } });
    expect(world.calls).toEqual(['ticket', 'ticket']);
    expect(world.ended).toHaveLength(4);
    world.refusal = undefined;
    for (const id of ids) world.queue.retry(id);
    await world.run();
    for (const id of ids) expect(world.published(id)).toHaveLength(1);
  });

  test.each(['account-deleted', 'no-place', 'invalid'] as const)('%s is final', async (kind) => {
    world.refusal = new UploadFault(kind, 'detail');
    const id = await world.add();
    await world.run();
    expect(world.view(id)?.state).toBe('failed');
    expect(world.view(id)?.canRetry).toBeUndefined();
    expect(world.files.size).toBe(0);
  });
});

describe('whatever happens', () => {
  const fates = fc.array(
    fc.record({
      fate: fc.constantFrom<Fate>('ok', 'ok', 'request-lost', 'answer-lost', 'fault', 'closed-before', 'closed-after'),
      tookMs: fc.constantFrom(0, 0, 700, 200_000),
    }),
    { maxLength: 30 },
  );

  test('each photo is published once, or its failure is to be seen', async () => {
    await fc.assert(
      fc.asyncProperty(fates, fc.boolean(), fc.constantFrom(10, 5000, 400_000), async (fates, hasNews, workflowMs) => {
        world = new World();
        Object.assign(world, { fates: [...fates], hasNews, workflowMs });
        await world.queue.start();
        const ids = [await world.add(), await world.add(jpeg(800, 600)), await world.add(jpeg(32, 32))];
        await world.run();
        for (const id of ids) {
          const photos = world.published(id).length;
          const isVisible = world.view(id)?.state === 'failed';
          expect(photos === 1 || (photos === 0 && isVisible)).toBe(true);
          if (isVisible) world.queue.retry(id);
        }
        await world.run();
        expect(ids.map((id) => world.published(id).length)).toEqual([1, 1, 1]);
        expect(world.stored.size + world.files.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('a cancelled photo is never published, and every other still is', async () => {
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 0, max: 5000 }), fc.boolean(), async (fates, afterMs, hasNews) => {
        world = new World();
        Object.assign(world, { fates: [...fates], hasNews, workflowMs: 2000 });
        await world.queue.start();
        const id = await world.add();
        const other = await world.add();
        await world.clock.turn(afterMs);
        const before = world.view(id);
        world.queue.cancel(id);
        await world.run();
        // One that was published before the click stays.
        const isTooLate = before === undefined || isFinal(before);
        if (!isTooLate) expect(world.published(id)).toEqual([]);
        if (world.view(other)?.state === 'failed') world.queue.retry(other);
        await world.run();
        expect(world.published(other)).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });
});
