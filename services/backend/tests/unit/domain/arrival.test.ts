import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paddedSequencer, recordArrival, uploadComplete } from '../../../src/domain/arrival.ts';
import { objectOf, photo, photoIdOf, photoWorld, uploadBucket } from '../photo-world.ts';

const id = photoIdOf(1);
const arrival = objectOf(id, { sequencer: '0065F1A2B3C4D5E6F7' });

describe('an upload that arrives', () => {
  it('is recorded and announced, stamped with the workflow that is active now', async () => {
    const world = photoWorld(photo());
    world.activeWorkflow = 'workflow-v3';

    expect(await recordArrival(arrival, world.ports)).toBe('announced');

    expect(world.rows.get(id)).toMatchObject({ objStatus: 'UPLOADED', versionId: 'v1', etag: 'e1' });
    expect(world.announced).toEqual([
      {
        bucket: uploadBucket,
        key: `uploads/${id}`,
        versionId: 'v1',
        etag: 'e1',
        size: 4_000_000,
        contentType: 'image/jpeg',
        placeId: 'place-1',
        ID: id,
        workflow: 'workflow-v3',
        correlationId: 'correlation-1',
      },
    ]);
  });

  it('is described by what its uploader was allowed, not by what the object claims', async () => {
    const world = photoWorld(photo({ size: 1000 }));

    await recordArrival({ ...arrival, size: 999_999_999 }, world.ports);

    expect(world.announced).toMatchObject([{ size: 1000, contentType: 'image/jpeg' }]);
  });

  it('is announced by the retry when announcing failed', async () => {
    const world = photoWorld(photo()).failAt('announce');
    await expect(recordArrival(arrival, world.ports)).rejects.toThrow('announce');
    expect(world.rows.get(id)).toMatchObject({ objStatus: 'UPLOADED' });

    expect(await recordArrival(arrival, world.recover().ports)).toBe('announced');

    expect(world.announced).toHaveLength(1);
  });

  it('is not announced when it could not be recorded', async () => {
    const world = photoWorld(photo()).failAt('markUploaded');

    await expect(recordArrival(arrival, world.ports)).rejects.toThrow('markUploaded');

    expect(world.announced).toEqual([]);
  });

  it('is announced again when its event repeats before a workflow took it: the claim sorts that out', async () => {
    const world = photoWorld(photo());

    const outcomes = [await recordArrival(arrival, world.ports), await recordArrival(arrival, world.ports)];

    expect(outcomes).toEqual(['announced', 'announced']);
    expect(world.announced[1]).toEqual(world.announced[0]);
  });

  it.each(['PROCESSING', 'PROCESSED', 'REJECTED', 'FAILED'] as const)(
    'is late when its photo is %s: nothing changes, nothing is announced',
    async (objStatus) => {
      const before = photo({ objStatus, versionId: 'v1', etag: 'e1', sequencer: paddedSequencer('00') });
      const world = photoWorld(before);

      expect(await recordArrival(arrival, world.ports)).toBe('late');

      expect(world.rows.get(id)).toEqual(before);
      expect(world.announced).toEqual([]);
    },
  );
});

describe('two versions under one key', () => {
  const older = objectOf(id, { versionId: 'old', sequencer: '0065F1A2' });
  const newer = objectOf(id, { versionId: 'new', sequencer: '0065F1A2B' });

  it('lets the newer one replace the older one', async () => {
    const world = photoWorld(photo());

    await recordArrival(older, world.ports);
    await recordArrival(newer, world.ports);

    expect(world.rows.get(id)).toMatchObject({ versionId: 'new' });
    expect(world.announced.map(({ versionId }) => versionId)).toEqual(['old', 'new']);
  });

  it('leaves the older one out when it is told of last', async () => {
    const world = photoWorld(photo());

    await recordArrival(newer, world.ports);

    expect(await recordArrival(older, world.ports)).toBe('late');
    expect(world.rows.get(id)).toMatchObject({ versionId: 'new' });
    expect(world.announced.map(({ versionId }) => versionId)).toEqual(['new']);
  });

  it('end with the newest version recorded and announced last, however their events are mixed and repeated', async () => {
    const sequencers = fc.uniqueArray(fc.stringMatching(/^[0-9A-F]{1,32}$/), {
      minLength: 1,
      maxLength: 5,
      selector: paddedSequencer,
    });
    const events = sequencers.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.array(fc.constantFrom(...all), { maxLength: 12 }).map((some) => [...some, ...all]),
      ),
    );
    await fc.assert(
      fc.asyncProperty(events, async ([sequencers, told]) => {
        const world = photoWorld(photo());
        for (const sequencer of told)
          await recordArrival(objectOf(id, { versionId: sequencer, sequencer }), world.ports);

        const [newest] = sequencers.toSorted((a, b) =>
          BigInt(`0x${a.padEnd(32, '0')}`) < BigInt(`0x${b.padEnd(32, '0')}`) ? 1 : -1,
        );
        expect(world.rows.get(id)?.versionId).toBe(newest);
        expect(world.announced.at(-1)?.versionId).toBe(newest);
      }),
    );
  });
});

describe('an object without a photo', () => {
  it.each(['uploads/', 'uploads/not-hexadecimal', `uploads/${id}/more`, `other/${id}`, `uploads/${id.toUpperCase()}A`])(
    'named %s is foreign: left alone, not even looked up',
    async (key) => {
      const world = photoWorld(photo());

      expect(await recordArrival({ ...arrival, key }, world.ports)).toBe('foreign');

      expect(world.steps).toEqual([]);
    },
  );

  it('is an orphan when its photo expired or was removed: the sweep is told to remove it', async () => {
    const world = photoWorld();

    expect(await recordArrival(arrival, world.ports)).toBe('orphan');

    expect(world.openSince.get(id)).toMatchObject({ work: 'REMOVING' });
    expect(world.announced).toEqual([]);
  });

  it('is an orphan when its removal was asked for before it came', async () => {
    const world = photoWorld(photo({ deleteRequestedAt: '2026-06-14T09:41:00.000Z' }));

    expect(await recordArrival(arrival, world.ports)).toBe('orphan');

    expect(world.rows.get(id)).toMatchObject({ objStatus: 'PENDING_UPLOAD' });
    expect(world.announced).toEqual([]);
  });

  it('has a removal that was asked for before start anew, so that the sweep finds what has just arrived', async () => {
    const world = photoWorld(photo({ deleteRequestedAt: '2026-06-14T09:41:00.000Z' }));
    world.open('REMOVING', '2026-06-14T09:41:00.000Z', id);

    await recordArrival(arrival, world.ports);

    expect(world.steps).toContain(`scheduleRemoval ${id}`);
    expect(world.rows.get(id)).toMatchObject({ updatedAt: world.now });
    expect(world.openSince.get(id)).toEqual({ work: 'REMOVING', since: world.now });
  });

  it('is tried again when the sweep could not be told', async () => {
    const world = photoWorld().failAt('scheduleRemoval');

    await expect(recordArrival(arrival, world.ports)).rejects.toThrow('scheduleRemoval');
  });
});

describe('the detail of uploadComplete', () => {
  it('cannot be made of a photo that has no version: that would be a bug of the caller', () => {
    expect(() => uploadComplete(photo(), uploadBucket, 'workflow-v1')).toThrow(/PENDING_UPLOAD without a version/);
  });
});

describe("S3's order of events", () => {
  it.each([
    { earlier: '0A', later: '0B' },
    { earlier: '0065F1A2', later: '0065F1A2B' },
    { earlier: '0065f1a2b3', later: '0065F1A2B4' },
    { earlier: '', later: '01' },
  ])('puts $earlier before $later', ({ earlier, later }) => {
    expect(paddedSequencer(earlier) < paddedSequencer(later)).toBe(true);
  });

  it('takes trailing zeros for nothing', () => {
    expect(paddedSequencer('0065F1A2')).toBe(paddedSequencer('0065F1A200'));
  });
});
