import { beforeEach, expect, test, vi } from 'vitest';
import { type EffectScope, effectScope } from 'vue';
import type { PhotoStatus } from '../../../src/api/types.ts';
import type { PhotoOutcome } from '../../../src/realtime/payloads.ts';
import { type MyPhotos, useMyPhotos } from '../../../src/uploads/my-photos.ts';
import { settle, TurnedClock } from '../turned-clock.ts';

const photo = (photoId: string, status: PhotoStatus['status']): PhotoStatus => ({
  photoId,
  placeId: 'place',
  status,
  createdAt: '2026-06-14T09:40:08.112Z',
});

let clock: TurnedClock;
let server: Map<string, PhotoStatus>;
let ears: Map<string, (outcome: PhotoOutcome) => void>;
let reconnected: () => void;
let asked: string[];
let scope: EffectScope;
let mine: MyPhotos;
const removal = vi.fn(async () => {});

beforeEach(async () => {
  clock = new TurnedClock();
  ears = new Map();
  asked = [];
  removal.mockReset();
  server = new Map(
    [photo('1', 'PROCESSED'), photo('2', 'PROCESSING'), photo('3', 'UPLOADED')].map((each) => [each.photoId, each]),
  );
  scope = effectScope();
  mine = scope.run(() =>
    useMyPhotos({
      clock,
      page: async (cursor) =>
        cursor ? { images: [photo('4', 'PROCESSING')] } : { images: [...server.values()], cursor: 'next' },
      standing: async (photoId) => {
        asked.push(photoId);
        return server.get(photoId);
      },
      remove: removal,
      onOutcome: (photoId, callback) => {
        ears.set(photoId, callback);
        return () => ears.delete(photoId);
      },
      onReconnected: (callback) => {
        reconnected = callback;
        return () => {};
      },
    }),
  ) as MyPhotos;
  await mine.paging.more();
});

const states = () => mine.photos.value.map(({ photoId, status }) => `${photoId} ${status}`);

test('listens to what has no outcome yet, on every page', async () => {
  expect([...ears.keys()]).toEqual(['2', '3']);
  await mine.paging.more();
  expect([...ears.keys()]).toEqual(['2', '3', '4']);
});

test('shows an outcome as it comes, with its reason, and stops listening', () => {
  ears.get('2')?.({
    photoId: '2',
    placeId: 'place',
    status: 'REJECTED',
    reason: 'IMAGE_TOO_SMALL',
    reasonDetail: 'Small.',
  });
  expect(mine.photos.value[1]).toMatchObject({ status: 'REJECTED', reason: 'IMAGE_TOO_SMALL', reasonDetail: 'Small.' });
  expect([...ears.keys()]).toEqual(['3']);
});

test('asks with growing pauses, and only for as long as something is open', async () => {
  await clock.turn(2999);
  expect(asked).toEqual([]);
  await clock.turn(1);
  expect(asked).toEqual(['2', '3']);
  server.set('2', photo('2', 'PROCESSED'));
  await clock.turn(6000);
  server.set('3', photo('3', 'FAILED'));
  await clock.turn(12_000);
  expect(states()).toEqual(['1 PROCESSED', '2 PROCESSED', '3 FAILED']);
  expect(asked).toHaveLength(5);
  expect(clock.nextMs).toBeUndefined();
});

test('asks soon again about what has just come', async () => {
  await clock.turn(3000 + 6000);
  await mine.paging.more();
  asked.length = 0;
  await clock.turn(3000);
  expect(asked).toEqual(['2', '3', '4']);
});

test('asks when the connection is back', async () => {
  server.set('2', photo('2', 'PROCESSED'));
  reconnected();
  await settle();
  expect(states()).toContain('2 PROCESSED');
});

test('drops what is gone', async () => {
  server.delete('3');
  reconnected();
  await settle();
  expect(states()).toEqual(['1 PROCESSED', '2 PROCESSING']);
});

test('removes a photo from the list when the server has, and not before', async () => {
  removal.mockRejectedValueOnce(new Error('No network'));
  await expect(mine.remove('1')).rejects.toThrow('No network');
  expect(states()).toHaveLength(3);
  await mine.remove('1');
  expect(states()).toEqual(['2 PROCESSING', '3 UPLOADED']);
});

test('an answer that is late does not undo the outcome', async () => {
  let answer = (_: PhotoStatus) => {};
  const late = new Promise<PhotoStatus>((resolve) => {
    answer = resolve;
  });
  vi.spyOn(server, 'get').mockReturnValue(late as never);
  reconnected();
  ears.get('2')?.({ photoId: '2', placeId: 'place', status: 'PROCESSED' });
  answer(photo('2', 'PROCESSING'));
  await settle();
  expect(states()).toContain('2 PROCESSED');
});

test('leaves nothing behind', async () => {
  scope.stop();
  expect(ears.size).toBe(0);
  expect(clock.nextMs).toBeUndefined();
});
