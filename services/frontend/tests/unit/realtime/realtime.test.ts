import { beforeEach, expect, test, vi } from 'vitest';
import { onPhotoOutcome, onPlaceNews, type PlaceListener } from '../../../src/realtime/realtime.ts';
import { setRuntimeConfig } from '../../../src/runtime-config.ts';
import { photo } from '../photos/photo.ts';
import { testConfig } from '../test-config.ts';

const subscribe = vi.hoisted(() =>
  vi.fn((..._args: [string, (payload: string) => void, () => void]) => () => {}),
);
vi.mock('../../../src/realtime/browser-client.ts', async () => ({
  ...(await import('../../../src/realtime/payloads.ts')),
  startClient: () => ({ subscribe, onState: () => {}, onConnected: () => {} }),
}));

const ignore: PlaceListener = { onPhoto: () => {}, onRemoved: () => {}, onListening: () => {} };

beforeEach(() => {
  subscribe.mockClear();
  setRuntimeConfig(testConfig);
});

test('listens under the id of a place or a photo', async () => {
  onPlaceNews('hyde-park', ignore);
  onPhotoOutcome('0123456789abcdef0123456789abcdef', () => {});
  await vi.waitFor(() => expect(subscribe).toHaveBeenCalledTimes(2));
  expect(subscribe.mock.calls.map(([topic]) => topic)).toEqual([
    `hp/${testConfig.stage}/places/hyde-park`,
    `hp/${testConfig.stage}/photos/0123456789abcdef0123456789abcdef`,
  ]);
});

test('tells apart what comes to a place and what goes from it', async () => {
  const listener = { onPhoto: vi.fn(), onRemoved: vi.fn(), onListening: vi.fn() };
  onPlaceNews('park-1', listener);
  await vi.waitFor(() => expect(subscribe).toHaveBeenCalled());
  const [, take, onListening] = subscribe.mock.calls[0] ?? expect.fail('a subscription');
  take(JSON.stringify(photo({ photoId: 'p1' })));
  take('{"photoId":"p2","removed":true}');
  take('{"photoId":"p3","hidden":true}');
  onListening();
  expect(listener.onPhoto.mock.calls).toEqual([[photo({ photoId: 'p1' })]]);
  expect(listener.onRemoved.mock.calls).toEqual([['p2']]);
  expect(listener.onListening).toHaveBeenCalledOnce();
});

test.each(['#', '+', 'a/b', 'a/#', '', 'x'.repeat(65), 'a\0'])(
  'an address with %j for a place listens to nothing: the broker would hang up',
  async (id) => {
    onPlaceNews(id, ignore)();
    onPlaceNews('hyde-park', ignore);
    await vi.waitFor(() => expect(subscribe).toHaveBeenCalled());
    onPlaceNews(id, ignore);
    await new Promise((resolve) => setTimeout(resolve));
    expect(subscribe).toHaveBeenCalledTimes(1);
  },
);

test('where the backend knows no endpoint nothing is listened to: the page asks', async () => {
  setRuntimeConfig({ ...testConfig, realtimeUrl: '' });
  onPlaceNews('hyde-park', ignore)();
  onPhotoOutcome('0123456789abcdef0123456789abcdef', () => {});
  await new Promise((resolve) => setTimeout(resolve));
  expect(subscribe).not.toHaveBeenCalled();
});
