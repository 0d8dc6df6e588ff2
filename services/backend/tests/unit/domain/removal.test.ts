import { describe, expect, it } from 'vitest';
import { finishRemoval, removeAccount, removePhoto } from '../../../src/domain/removal.ts';
import { photo, photoIdOf, photoWorld } from '../photo-world.ts';

const id = photoIdOf(1);
const inTime = () => false;
const statuses = ['PENDING_UPLOAD', 'UPLOADED', 'PROCESSING', 'PROCESSED', 'REJECTED', 'FAILED'] as const;
const marked = photo({ objStatus: 'PROCESSED', deleteRequestedAt: '2026-06-14T11:00:00.000Z' });
const contentOf = (world: ReturnType<typeof photoWorld>) => [
  ...world.objects.keys(),
  ...world.renditions,
  ...world.published,
];

const crashes = [1, 2, 3].flatMap((nth) => [
  { nth, when: 'before', afterEffect: false },
  { nth, when: 'after', afterEffect: true },
]);

describe('removing a photo', () => {
  it('marks it, takes it from sight, then removes its objects', async () => {
    const world = photoWorld(photo({ objStatus: 'PROCESSED' })).withTraces(id);

    expect(await removePhoto(id, 'ada', world.ports)).toBe(true);

    expect(world.steps.map((step) => step.split(' ')[0])).toEqual([
      'requestRemoval',
      'removePublished',
      'removeObjects',
    ]);
  });

  it.each(statuses)(
    'leaves of one that is %s only the marked row, for the sweep to remove what may still be written',
    async (objStatus) => {
      const world = photoWorld(photo({ objStatus })).withTraces(id);

      expect(await removePhoto(id, 'ada', world.ports)).toBe(true);

      expect(contentOf(world)).toEqual([]);
      expect(world.rows.get(id)).toMatchObject({ deleteRequestedAt: world.now });
      expect(world.openSince.get(id)).toEqual({ work: 'REMOVING', since: world.now });
    },
  );

  it.each([
    { whose: "somebody else's photo", owner: 'eve', photoId: id },
    { whose: 'a photo that does not exist', owner: 'ada', photoId: photoIdOf(2) },
  ])('does nothing to $whose', async ({ owner, photoId }) => {
    const world = photoWorld(photo({ objStatus: 'PROCESSED' })).withTraces(id);

    expect(await removePhoto(photoId, owner, world.ports)).toBe(false);

    expect(world.steps).toEqual([`requestRemoval ${photoId}`]);
    expect([world.rows.size, world.objects.size, world.published.size]).toEqual([1, 1, 1]);
  });

  it.each(crashes)(
    'is completed by asking again when it died $when step $nth took effect',
    async ({ nth, afterEffect }) => {
      const world = photoWorld(photo({ objStatus: 'PROCESSED' }))
        .withTraces(id)
        .dieAt(nth, afterEffect);
      await expect(removePhoto(id, 'ada', world.ports)).rejects.toThrow('failed');

      await removePhoto(id, 'ada', world.recover().ports);

      expect(contentOf(world)).toEqual([]);
      expect(world.rows.get(id)).toHaveProperty('deleteRequestedAt');
    },
  );
});

describe('the end of a removal', () => {
  it('removes what was written since, and the row last, so that a crash leaves something to go on from', async () => {
    const world = photoWorld(marked).withTraces(id);

    await finishRemoval(marked, world.ports);

    expect(world.steps.map((step) => step.split(' ')[0])).toEqual(['removePublished', 'removeObjects', 'removeRecord']);
    expect(contentOf(world)).toEqual([]);
    expect(world.rows.size).toBe(0);
  });

  it('keeps the row when something has arrived since it was read', async () => {
    const world = photoWorld(marked).withTraces(id);
    await world.ports.scheduleRemoval(id);

    await finishRemoval(marked, world.ports);

    expect(world.rows.has(id)).toBe(true);
    expect(world.openSince.get(id)).toEqual({ work: 'REMOVING', since: world.now });
  });

  it.each(crashes)('is completed by the next sweep when it died $when step $nth took effect', async (crash) => {
    const world = photoWorld(marked).withTraces(id).dieAt(crash.nth, crash.afterEffect);
    await expect(finishRemoval(marked, world.ports)).rejects.toThrow('failed');

    await finishRemoval(marked, world.recover().ports);

    expect(contentOf(world)).toEqual([]);
    expect(world.rows.size).toBe(0);
  });
});

describe('removing an account', () => {
  const mine = [1, 2, 3, 4, 5].map((n) => photo({ photoId: photoIdOf(n), objStatus: 'PROCESSED' }));
  const others = photo({ photoId: photoIdOf(9), owner: 'eve', objStatus: 'PROCESSED' });
  const everyPhoto = [...mine, others].map(({ photoId }) => photoId);

  it('removes what all its photos show, the quota and the sign-in, and nothing of anybody else', async () => {
    const world = photoWorld(...mine, others).withTraces(...everyPhoto);

    expect(await removeAccount('ada', world.ports, inTime)).toBe(true);

    for (const left of [world.objects, world.published]) expect([...left.keys()]).toEqual([others.photoId]);
    const unmarked = [...world.rows.values()].filter((row) => row.deleteRequestedAt === undefined);
    expect(unmarked).toEqual([others]);
    expect(world.accounts.get('ada')).toMatchObject({ closed: true, quota: false, identity: false });
    expect(world.accounts.has('eve')).toBe(false);
  });

  it('closes the account before anything else, so that no upload starts meanwhile', async () => {
    const world = photoWorld(...mine);

    await removeAccount('ada', world.ports, inTime);

    expect(world.steps[0]).toBe('closeAccount ada');
  });

  it('takes the sign-in away last: until then its owner can ask again', async () => {
    const world = photoWorld(...mine);

    await removeAccount('ada', world.ports, inTime);

    expect(world.steps.at(-1)).toBe('removeIdentity ada');
  });

  it('stays on the list of open work, for the sweep to look once more', async () => {
    const world = photoWorld(...mine);

    await removeAccount('ada', world.ports, inTime);

    expect(world.accounts.get('ada')).toMatchObject({ open: true });
  });

  it('stops between two pages when out of time, keeps the sign-in, and says that it is not complete', async () => {
    const world = photoWorld(...mine);
    let pages = 0;

    expect(await removeAccount('ada', world.ports, () => ++pages > 1)).toBe(false);

    expect([...world.rows.values()].filter((row) => row.deleteRequestedAt === undefined)).toHaveLength(3);
    expect(world.accounts.get('ada')).toMatchObject({ closed: true, open: true, quota: true, identity: true });
  });

  it('is nothing to do for an account without photos, and no fault when it is asked for twice', async () => {
    const world = photoWorld();

    expect(await removeAccount('ada', world.ports, inTime)).toBe(true);
    expect(await removeAccount('ada', world.ports, inTime)).toBe(true);
  });

  it('fails when one photo cannot be removed, and keeps the sign-in', async () => {
    const world = photoWorld(...mine).failAt(`removeObjects ${photoIdOf(2)}`);

    await expect(removeAccount('ada', world.ports, inTime)).rejects.toThrow('removeObjects');

    expect(world.accounts.get('ada')).toMatchObject({ quota: true, identity: true });
  });
});
