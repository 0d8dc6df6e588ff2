import { beforeEach, expect, test, vi } from 'vitest';
import { onPhotoOutcome, onPlacePhoto } from '../../../src/realtime/realtime.ts';
import { setRuntimeConfig } from '../../../src/runtime-config.ts';
import { testConfig } from '../test-config.ts';

const subscribe = vi.hoisted(() => vi.fn(() => () => {}));
vi.mock('../../../src/realtime/browser-client.ts', () => ({
  startClient: () => ({ subscribe, onState: () => {}, onConnected: () => {} }),
}));

beforeEach(() => {
  subscribe.mockClear();
  setRuntimeConfig(testConfig);
});

test('listens under the id of a place or a photo', async () => {
  onPlacePhoto('hyde-park', () => {});
  onPhotoOutcome('0123456789abcdef0123456789abcdef', () => {});
  await vi.waitFor(() => expect(subscribe).toHaveBeenCalledTimes(2));
  expect(subscribe.mock.calls.map(([topic]: unknown[]) => topic)).toEqual([
    `hp/${testConfig.stage}/places/hyde-park`,
    `hp/${testConfig.stage}/photos/0123456789abcdef0123456789abcdef`,
  ]);
});

test.each(['#', '+', 'a/b', 'a/#', '', 'x'.repeat(65), 'a\0'])(
  'an address with %j for a place listens to nothing: the broker would hang up',
  async (id) => {
    onPlacePhoto(id, () => {})();
    onPlacePhoto('hyde-park', () => {});
    await vi.waitFor(() => expect(subscribe).toHaveBeenCalled());
    onPlacePhoto(id, () => {});
    await new Promise((resolve) => setTimeout(resolve));
    expect(subscribe).toHaveBeenCalledTimes(1);
  },
);

test('where the backend knows no endpoint nothing is listened to: the page asks', async () => {
  setRuntimeConfig({ ...testConfig, realtimeUrl: '' });
  onPlacePhoto('hyde-park', () => {})();
  onPhotoOutcome('0123456789abcdef0123456789abcdef', () => {});
  await new Promise((resolve) => setTimeout(resolve));
  expect(subscribe).not.toHaveBeenCalled();
});
