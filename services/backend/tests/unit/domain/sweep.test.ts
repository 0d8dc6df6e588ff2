import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { type OpenWork, patienceSeconds, sweep } from '../../../src/domain/sweep.ts';
import { objectOf, photo, photoIdOf, photoWorld } from '../photo-world.ts';

const now = new Date('2026-06-14T12:00:00.000Z');
const longAgo = '2026-06-14T09:00:00.000Z';
const yesterday = '2026-06-13T12:00:00.000Z';
const minutesBefore = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const minutesAfter = (minutes: number) => minutesBefore(-minutes);

const machines = new URL('../../../../../statemachines/', import.meta.url);
const longestRunSeconds = Math.max(
  ...readdirSync(machines).map((file) => JSON.parse(readFileSync(new URL(file, machines), 'utf8')).TimeoutSeconds),
);
const inTime = () => false;
const nothingDone = { reemitted: 0, recovered: 0, expired: 0, failed: 0, removed: 0, accountsClosed: 0, errors: [] };
const id = photoIdOf(1);
const uploaded = photo({ objStatus: 'UPLOADED', versionId: 'v1', etag: 'e1', uploadedAt: minutesBefore(6) });

describe('the sweep', () => {
  it('has nothing to report when no work is open', async () => {
    const world = photoWorld(photo());

    expect(await sweep(now, world.ports, inTime)).toEqual(nothingDone);
    expect(world.steps).toEqual([]);
  });

  it.each(Object.entries(patienceSeconds) as [OpenWork, number][])(
    'leaves %s alone for %i seconds',
    async (work, seconds) => {
      const justNow = new Date(now.getTime() - seconds * 1000).toISOString();
      const world = photoWorld(uploaded).open(work, justNow, id);

      await sweep(now, world.ports, inTime);

      expect(world.steps).toEqual([]);
    },
  );

  it('waits longer for a run than any run may take', () => {
    expect(patienceSeconds.PROCESSING).toBeGreaterThan(longestRunSeconds);
    expect(patienceSeconds.REMOVING).toBeGreaterThan(longestRunSeconds);
  });
});

describe('an upload whose event was lost', () => {
  it('is announced again, stamped with the workflow that is active now', async () => {
    const world = photoWorld(uploaded).open('UPLOADED', longAgo, id);
    world.activeWorkflow = 'workflow-v2';

    expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, reemitted: 1 });

    expect(world.announced).toMatchObject([
      { ID: id, versionId: 'v1', workflow: 'workflow-v2', bucket: 'uploads-bucket' },
    ]);
  });

  it('is announced again five minutes after it arrived, not earlier', async () => {
    const almost = photoWorld(uploaded).open('UPLOADED', '2026-06-14T11:55:01.000Z', id);
    const due = photoWorld(uploaded).open('UPLOADED', '2026-06-14T11:54:59.000Z', id);

    expect(await sweep(now, almost.ports, inTime)).toMatchObject({ reemitted: 0 });
    expect(await sweep(now, due.ports, inTime)).toMatchObject({ reemitted: 1 });
  });

  it('is then given time before it is announced once more', async () => {
    const world = photoWorld(uploaded).open('UPLOADED', longAgo, id);
    await sweep(now, world.ports, inTime);

    const aMinuteLater = new Date(now.getTime() + 60_000);
    expect(await sweep(aMinuteLater, world.ports, inTime)).toEqual(nothingDone);

    const twelveMinutesLater = new Date(now.getTime() + 12 * 60_000);
    expect(await sweep(twelveMinutesLater, world.ports, inTime)).toMatchObject({ reemitted: 1 });
  });

  it.each([
    { what: 'six minutes', uploadedAt: minutesBefore(6), until: minutesAfter(6) },
    { what: 'half an hour', uploadedAt: minutesBefore(30), until: minutesAfter(30) },
    { what: 'an hour', uploadedAt: minutesBefore(60), until: minutesAfter(60) },
    { what: 'a day, but no more than an hour', uploadedAt: yesterday, until: minutesAfter(60) },
  ])('is put off the longer the longer it has waited: $what', async ({ uploadedAt, until }) => {
    const world = photoWorld({ ...uploaded, uploadedAt }).open('UPLOADED', longAgo, id);

    await sweep(now, world.ports, inTime);

    expect(world.openSince.get(id)).toEqual({ work: 'UPLOADED', since: until });
  });

  it('is not put off when announcing failed: the next sweep tries at once', async () => {
    const world = photoWorld(uploaded).open('UPLOADED', longAgo, id).failAt('announce');

    expect(await sweep(now, world.ports, inTime)).toMatchObject({
      reemitted: 0,
      errors: [expect.objectContaining({ id })],
    });

    expect(await sweep(now, world.recover().ports, inTime)).toMatchObject({ reemitted: 1, errors: [] });
  });

  it.each([
    { what: 'was claimed meanwhile', row: { ...uploaded, objStatus: 'PROCESSING' as const } },
    { what: 'is to be removed', row: { ...uploaded, deleteRequestedAt: longAgo } },
  ])('is left alone when it $what', async ({ row }) => {
    const world = photoWorld(row).open('UPLOADED', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual(nothingDone);
    expect(world.announced).toEqual([]);
  });

  it('is left alone when its row is gone', async () => {
    const world = photoWorld().open('UPLOADED', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual(nothingDone);
  });
});

describe('an upload that S3 never told of', () => {
  it('is recovered when its object is there after all', async () => {
    const world = photoWorld(photo()).open('PENDING_UPLOAD', longAgo, id);
    world.objects.set(id, objectOf(id, { versionId: 'found' }));

    expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, recovered: 1 });

    expect(world.rows.get(id)).toMatchObject({ objStatus: 'UPLOADED', versionId: 'found' });
    expect(world.announced).toMatchObject([{ ID: id, versionId: 'found' }]);
  });

  it('still yields to an event that comes later: anything S3 orders is newer than what was found by asking', async () => {
    const world = photoWorld(photo()).open('PENDING_UPLOAD', longAgo, id);
    world.objects.set(id, objectOf(id));

    await sweep(now, world.ports, inTime);

    expect(world.rows.get(id)?.sequencer).toBe('0'.repeat(32));
  });

  it.each([
    { when: 'ten minutes', since: minutesBefore(10), asked: [] },
    { when: 'a second more', since: '2026-06-14T11:49:59.000Z', asked: [`findObject ${id}`] },
  ])('is asked for after ten minutes, not earlier: $when', async ({ since, asked }) => {
    const world = photoWorld(photo({ createdAt: since })).open('PENDING_UPLOAD', since, id);

    await sweep(now, world.ports, inTime);

    expect(world.steps.filter((step) => step.startsWith('findObject'))).toEqual(asked);
  });

  it.each([
    { when: 'six hours', createdAt: '2026-06-14T06:00:00.000Z', expired: 0 },
    { when: 'a second more', createdAt: '2026-06-14T05:59:59.000Z', expired: 1 },
  ])(
    'expires without an object after six hours, because a slow upload goes on: $when',
    async ({ createdAt, expired }) => {
      const world = photoWorld(photo({ createdAt })).open('PENDING_UPLOAD', longAgo, id);

      expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, expired });

      expect(world.rows.size).toBe(1 - expired);
    },
  );

  it.each([
    { what: 'eleven minutes', createdAt: minutesBefore(11), until: minutesAfter(11) },
    { what: 'half an hour', createdAt: minutesBefore(30), until: minutesAfter(30) },
    { what: 'five hours, but no more than an hour', createdAt: minutesBefore(300), until: minutesAfter(60) },
  ])('is asked for again the later the longer it has waited: $what', async ({ createdAt, until }) => {
    const world = photoWorld(photo({ createdAt })).open('PENDING_UPLOAD', longAgo, id);

    await sweep(now, world.ports, inTime);

    expect(world.openSince.get(id)).toEqual({ work: 'PENDING_UPLOAD', since: until });
  });

  it('is not counted as expired, and stays, when it came after S3 was asked', async () => {
    const world = photoWorld(photo({ createdAt: yesterday })).open('PENDING_UPLOAD', longAgo, id);
    const findObject = async () => {
      await world.ports.markUploaded(id, objectOf(id), '0A');
      return undefined;
    };

    expect(await sweep(now, { ...world.ports, findObject }, inTime)).toEqual(nothingDone);

    expect(world.rows.get(id)).toMatchObject({ objStatus: 'UPLOADED' });
    expect(world.openSince.get(id)).toEqual({ work: 'UPLOADED', since: world.now });
  });

  it('is nothing to do when its row is gone', async () => {
    const world = photoWorld().open('PENDING_UPLOAD', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual(nothingDone);
  });

  it('stays when it cannot be told whether there is an object', async () => {
    const world = photoWorld(photo({ createdAt: yesterday }))
      .open('PENDING_UPLOAD', longAgo, id)
      .failAt('findObject');

    expect(await sweep(now, world.ports, inTime)).toMatchObject({
      expired: 0,
      errors: [expect.objectContaining({ id })],
    });

    expect(world.rows.size).toBe(1);
  });
});

describe('a photo whose run is gone', () => {
  const processing = photo({ objStatus: 'PROCESSING', executionId: 'run-1' });

  it('ends as FAILED', async () => {
    const world = photoWorld(processing).open('PROCESSING', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, failed: 1 });

    expect(world.rows.get(id)).toMatchObject({ objStatus: 'FAILED' });
  });

  it('keeps the end it has reached meanwhile', async () => {
    const world = photoWorld({ ...processing, objStatus: 'PROCESSED' }).open('PROCESSING', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual(nothingDone);

    expect(world.rows.get(id)).toMatchObject({ objStatus: 'PROCESSED' });
  });

  it('is not counted when it ended after it was read', async () => {
    const world = photoWorld(processing).open('PROCESSING', longAgo, id);
    const readPhoto = async () => {
      Object.assign(world.rows.get(id) ?? {}, { objStatus: 'PROCESSED' });
      return processing;
    };

    expect(await sweep(now, { ...world.ports, readPhoto }, inTime)).toEqual(nothingDone);

    expect(world.rows.get(id)).toMatchObject({ objStatus: 'PROCESSED' });
  });
});

describe('a removal that was left open', () => {
  it('is completed: what a run wrote afterwards goes, and the row with it', async () => {
    const world = photoWorld(photo({ objStatus: 'PROCESSING', deleteRequestedAt: longAgo }))
      .withTraces(id)
      .open('REMOVING', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, removed: 1 });

    expect([world.rows.size, world.objects.size, world.renditions.size, world.published.size]).toEqual([0, 0, 0, 0]);
  });

  it('keeps its row, for another sweep, when something arrives while it is being completed', async () => {
    const world = photoWorld(photo({ deleteRequestedAt: longAgo }))
      .withTraces(id)
      .open('REMOVING', longAgo, id);
    const removePublished = async () => world.ports.scheduleRemoval(id);

    await sweep(now, { ...world.ports, removePublished }, inTime);

    expect(world.rows.has(id)).toBe(true);
    const muchLater = new Date(now.getTime() + 46 * 60_000);
    expect(await sweep(muchLater, world.ports, inTime)).toEqual({ ...nothingDone, removed: 1 });
    expect(world.rows.size).toBe(0);
  });

  it('waits anew when something arrived between the listing and its turn', async () => {
    const world = photoWorld(photo({ deleteRequestedAt: longAgo, updatedAt: now.toISOString() }))
      .withTraces(id)
      .open('REMOVING', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual(nothingDone);

    expect(world.rows.has(id)).toBe(true);
  });

  it('never touches a photo whose removal nobody asked for', async () => {
    const world = photoWorld(photo({ objStatus: 'PROCESSED' }))
      .withTraces(id)
      .open('REMOVING', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual(nothingDone);

    expect(world.published.size).toBe(1);
  });
});

describe('an account that is being closed', () => {
  it('is gone through once more, then taken off the list', async () => {
    const world = photoWorld(photo({ objStatus: 'PROCESSED' }))
      .withTraces(id)
      .open('CLOSING_ACCOUNT', longAgo, 'ada');

    expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, accountsClosed: 1 });

    expect([world.objects.size, world.renditions.size, world.published.size]).toEqual([0, 0, 0]);
    expect(world.openSince.get(id)).toMatchObject({ work: 'REMOVING' });
    expect(world.accounts.get('ada')).toMatchObject({ open: false, identity: false });
  });

  it('stays on the list when there was no time for all of it', async () => {
    const photos = [1, 2, 3].map((n) => photo({ photoId: photoIdOf(n) }));
    const world = photoWorld(...photos).open('CLOSING_ACCOUNT', longAgo, 'ada');
    let asked = 0;

    await sweep(now, world.ports, () => ++asked > 2);

    expect([...world.rows.values()].filter((row) => row.deleteRequestedAt === undefined)).toHaveLength(1);
    expect(world.accounts.get('ada')).toMatchObject({ open: true });
  });
});

describe('one item that cannot be finished', () => {
  it('does not keep the others from being finished, whatever kind of work they are', async () => {
    const [poison, sound, processing] = [photoIdOf(1), photoIdOf(2), photoIdOf(3)];
    const world = photoWorld(
      photo({ photoId: poison, createdAt: yesterday }),
      photo({ photoId: sound, createdAt: yesterday }),
      photo({ photoId: processing, objStatus: 'PROCESSING', executionId: 'run-1' }),
    )
      .open('PENDING_UPLOAD', longAgo, poison, sound)
      .open('PROCESSING', longAgo, processing)
      .failAt(`findObject ${poison}`);

    const report = await sweep(now, world.ports, inTime);

    expect(report).toMatchObject({ expired: 1, failed: 1 });
    expect(report.errors).toEqual([
      { work: 'PENDING_UPLOAD', id: poison, cause: new Error(`findObject ${poison} failed`) },
    ]);
  });
});

describe('work that cannot be listed', () => {
  it('does not keep the other kinds from being done, nor those that were listed before', async () => {
    const [found, processing] = [photoIdOf(1), photoIdOf(2)];
    const world = photoWorld(
      photo({ photoId: found, createdAt: yesterday }),
      photo({ photoId: processing, objStatus: 'PROCESSING', executionId: 'run-1' }),
    )
      .open('PENDING_UPLOAD', longAgo, found)
      .open('PROCESSING', longAgo, processing);
    const cause = new Error('index down');
    async function* openWork(work: OpenWork, before: string) {
      yield* world.ports.openWork(work, before);
      if (work === 'PENDING_UPLOAD') throw cause;
    }

    const report = await sweep(now, { ...world.ports, openWork }, inTime);

    expect(report).toEqual({ ...nothingDone, expired: 1, failed: 1, errors: [{ work: 'PENDING_UPLOAD', cause }] });
  });
});

describe('the kinds of work', () => {
  const kinds = Object.keys(patienceSeconds);

  it('each come first once in as many minutes, and all come every minute', async () => {
    const orders: OpenWork[][] = [];
    for (let minute = 0; minute < kinds.length; minute += 1) {
      const order: OpenWork[] = [];
      const world = photoWorld();
      const openWork = (work: OpenWork, before: string) => {
        order.push(work);
        return world.ports.openWork(work, before);
      };
      await sweep(new Date(now.getTime() + minute * 60_000), { ...world.ports, openWork }, inTime);
      orders.push(order);
    }

    expect(orders.map(([first]) => first).toSorted()).toEqual(kinds.toSorted());
    for (const order of orders) expect(order.toSorted()).toEqual(kinds.toSorted());
  });

  it('that come after a slow one are done a minute later', async () => {
    const world = photoWorld(uploaded, photo({ photoId: photoIdOf(2), createdAt: yesterday }))
      .open('UPLOADED', longAgo, id)
      .open('PENDING_UPLOAD', longAgo, photoIdOf(2));
    const onlyFirstPage = () => {
      let pages = 0;
      return () => ++pages > 1;
    };

    expect(await sweep(now, world.ports, onlyFirstPage())).toEqual({ ...nothingDone, expired: 1 });
    world.open('PENDING_UPLOAD', longAgo, photoIdOf(3));
    const aMinuteLater = new Date(now.getTime() + 60_000);
    expect(await sweep(aMinuteLater, world.ports, onlyFirstPage())).toEqual({ ...nothingDone, reemitted: 1 });
  });
});

describe('the active workflow', () => {
  const backlog = [1, 2, 3, 4, 5].map((n) => ({ ...uploaded, photoId: photoIdOf(n) }));
  const ids = backlog.map(({ photoId }) => photoId);

  it('is read once a page, of events lost and of events never sent', async () => {
    const pending = photo({ photoId: photoIdOf(6) });
    const world = photoWorld(...backlog, pending)
      .open('UPLOADED', longAgo, ...ids)
      .open('PENDING_UPLOAD', longAgo, pending.photoId);
    world.objects.set(pending.photoId, objectOf(pending.photoId));
    const activeWorkflow = vi.fn(world.ports.activeWorkflow);

    const report = await sweep(now, { ...world.ports, activeWorkflow }, inTime);

    expect(report).toEqual({ ...nothingDone, reemitted: 5, recovered: 1 });
    expect(activeWorkflow).toHaveBeenCalledTimes(3 + 1);
  });

  it('is not read when there is nothing to announce', async () => {
    const world = photoWorld(photo({ createdAt: yesterday })).open('PENDING_UPLOAD', longAgo, id);
    const activeWorkflow = vi.fn(world.ports.activeWorkflow);

    await sweep(now, { ...world.ports, activeWorkflow }, inTime);

    expect(activeWorkflow).not.toHaveBeenCalled();
  });

  it('is asked for anew by the next sweep', async () => {
    const world = photoWorld(uploaded).open('UPLOADED', longAgo, id);
    await sweep(now, world.ports, inTime);
    world.activeWorkflow = 'workflow-v2';

    await sweep(new Date(now.getTime() + 3600_000), world.ports, inTime);

    expect(world.announced.map(({ workflow }) => workflow)).toEqual(['workflow-v1', 'workflow-v2']);
  });

  it('that cannot be read leaves every announcement to the next sweep, and does the rest', async () => {
    const world = photoWorld(...backlog, photo({ photoId: photoIdOf(6), createdAt: yesterday }))
      .open('UPLOADED', longAgo, ...ids)
      .open('PENDING_UPLOAD', longAgo, photoIdOf(6));
    const activeWorkflow = () => Promise.reject(new Error('parameter down'));

    const report = await sweep(now, { ...world.ports, activeWorkflow }, inTime);

    expect(report).toMatchObject({ reemitted: 0, expired: 1 });
    expect(report.errors.map((error) => error.id)).toEqual(ids);
    expect(world.announced).toEqual([]);
  });
});

describe('running out of time', () => {
  it('stops before the next page and reports what was done', async () => {
    const ids = [1, 2, 3, 4, 5].map(photoIdOf);
    const world = photoWorld(...ids.map((photoId) => photo({ photoId, createdAt: yesterday }))).open(
      'PENDING_UPLOAD',
      longAgo,
      ...ids,
    );
    let asked = 0;

    expect(await sweep(now, world.ports, () => ++asked > 2)).toEqual({ ...nothingDone, expired: 4 });
  });
});
