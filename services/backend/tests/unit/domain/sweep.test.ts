import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type OpenWork, patienceSeconds, sweep } from '../../../src/domain/sweep.ts';
import { objectOf, photo, photoIdOf, photoWorld } from '../photo-world.ts';

const now = new Date('2026-06-14T12:00:00.000Z');
const longAgo = '2026-06-14T09:00:00.000Z';

const machines = new URL('../../../../../statemachines/', import.meta.url);
const longestRunSeconds = Math.max(
  ...readdirSync(machines).map((file) => JSON.parse(readFileSync(new URL(file, machines), 'utf8')).TimeoutSeconds),
);
const inTime = () => false;
const nothingDone = { reemitted: 0, recovered: 0, expired: 0, failed: 0, removed: 0, accountsClosed: 0, errors: [] };
const id = photoIdOf(1);
const uploaded = photo({ objStatus: 'UPLOADED', versionId: 'v1', etag: 'e1' });

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

    const sixMinutesLater = new Date(now.getTime() + 360_000);
    expect(await sweep(sixMinutesLater, world.ports, inTime)).toMatchObject({ reemitted: 1 });
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

  it('expires when there is no object', async () => {
    const world = photoWorld(photo()).open('PENDING_UPLOAD', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, expired: 1 });

    expect(world.rows.size).toBe(0);
  });

  it('stays when it cannot be told whether there is an object', async () => {
    const world = photoWorld(photo()).open('PENDING_UPLOAD', longAgo, id).failAt('findObject');

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
});

describe('a removal that was left open', () => {
  it('is completed: what a run wrote afterwards goes, and the row with it', async () => {
    const world = photoWorld(photo({ objStatus: 'PROCESSING', deleteRequestedAt: longAgo }))
      .withTraces(id)
      .open('REMOVING', longAgo, id);

    expect(await sweep(now, world.ports, inTime)).toEqual({ ...nothingDone, removed: 1 });

    expect([world.rows.size, world.objects.size, world.renditions.size, world.published.size]).toEqual([0, 0, 0, 0]);
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

    expect(world.rows.size).toBe(0);
    expect(world.accounts.get('ada')).toMatchObject({ open: false, identity: false });
  });

  it('stays on the list when there was no time for all of it', async () => {
    const photos = [1, 2, 3].map((n) => photo({ photoId: photoIdOf(n) }));
    const world = photoWorld(...photos).open('CLOSING_ACCOUNT', longAgo, 'ada');
    let asked = 0;

    await sweep(now, world.ports, () => ++asked > 2);

    expect(world.rows.size).toBe(1);
    expect(world.accounts.get('ada')).toMatchObject({ open: true });
  });
});

describe('one item that cannot be finished', () => {
  it('does not keep the others from being finished, whatever kind of work they are', async () => {
    const [poison, sound, processing] = [photoIdOf(1), photoIdOf(2), photoIdOf(3)];
    const world = photoWorld(
      photo({ photoId: poison }),
      photo({ photoId: sound }),
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

describe('running out of time', () => {
  it('stops before the next page and reports what was done', async () => {
    const ids = [1, 2, 3, 4, 5].map(photoIdOf);
    const world = photoWorld(...ids.map((photoId) => photo({ photoId }))).open('PENDING_UPLOAD', longAgo, ...ids);
    let asked = 0;

    expect(await sweep(now, world.ports, () => ++asked > 2)).toEqual({ ...nothingDone, expired: 4 });
  });
});
