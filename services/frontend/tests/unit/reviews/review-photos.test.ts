import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { useReviewPhotos } from '../../../src/reviews/review-photos.ts';
import type { UploadTicket } from '../../../src/uploads/upload-item.ts';
import { UploadFault, type UploadTransport } from '../../../src/uploads/upload-ports.ts';

const jpeg = readFileSync('samples/photos/park-creek.jpg');
const photo = (name: string, content: BlobPart = new Uint8Array(jpeg)) => new File([content], name);
const rules = { maxBytes: 20e6, types: ['image/jpeg'], minSidePx: 32, maxPixels: 60e6 };

function world() {
  let nowMs = 1_000_000;
  let tickets = 0;
  const ticket = vi.fn(
    async (..._: unknown[]): Promise<UploadTicket> => ({
      uploadUrl: `https://bucket.example/${++tickets}`,
      headers: {},
      expiresAtMs: nowMs + 300_000,
    }),
  );
  const put = vi.fn<UploadTransport['put']>(async (_ticket, file, onProgress) => {
    onProgress(file.size);
    return 200;
  });
  let ids = 0;
  const photos = useReviewPhotos({
    rules,
    ticket,
    transport: { put },
    now: () => nowMs,
    newId: () => `p${++ids}`,
  });
  return {
    photos,
    ticket,
    put,
    pass: (ms: number) => {
      nowMs += ms;
    },
    states: () =>
      photos.items.value.map(({ fileName, state, problem }) => [fileName, state, problem?.code].join(' ').trim()),
  };
}

it('checks photos when they are chosen, and sends none before the review is there', async () => {
  const { photos, ticket, states } = world();
  await photos.add([photo('a.jpg'), photo('b.jpg', 'milk'), photo('c.jpg', '')]);
  expect(states()).toEqual(['a.jpg waiting', 'b.jpg refused UNSUPPORTED_TYPE', 'c.jpg refused EMPTY_FILE']);
  expect(ticket).not.toHaveBeenCalled();
});

it('takes five, and another one when one was taken away or refused', async () => {
  const { photos, states } = world();
  await photos.add([photo('no.jpg', 'milk'), ...['1', '2', '3', '4', '5', '6'].map((name) => photo(name))]);
  expect(states().at(-1)).toBe('6 refused REVIEW_FULL');
  photos.remove(photos.items.value.find(({ fileName }) => fileName === '2')?.id ?? '');
  await photos.add([photo('7')]);
  expect(states().at(-1)).toBe('7 waiting');
});

it('sends one after the other, each with a ticket for what it contains', async () => {
  const { photos, ticket, put, states } = world();
  await photos.add([photo('a.jpg'), photo('b.jpg')]);
  await photos.send('review-1');
  expect(ticket.mock.calls.map(([review, type, bytes]) => [review, type, bytes])).toEqual([
    ['review-1', 'image/jpeg', jpeg.length],
    ['review-1', 'image/jpeg', jpeg.length],
  ]);
  expect(put.mock.calls.map(([{ uploadUrl }]) => uploadUrl)).toEqual([
    'https://bucket.example/1',
    'https://bucket.example/2',
  ]);
  expect(states()).toEqual(['a.jpg sent', 'b.jpg sent']);
});

it('tries again with the same ticket, so that one photo is never there twice', async () => {
  const { photos, ticket, put, states } = world();
  await photos.add([photo('a.jpg')]);
  put.mockRejectedValueOnce(new UploadFault('network'));
  await photos.send('review-1');
  expect(states()).toEqual(['a.jpg failed NETWORK']);
  // It had arrived; only the answer was lost.
  put.mockResolvedValueOnce(412);
  photos.retry('p1');
  await photos.send('review-1');
  expect(states()).toEqual(['a.jpg sent']);
  expect(ticket).toHaveBeenCalledTimes(1);
});

it('asks for another ticket when the first is over', async () => {
  const { photos, ticket, put, pass } = world();
  await photos.add([photo('a.jpg')]);
  put.mockRejectedValueOnce(new UploadFault('network'));
  await photos.send('review-1');
  pass(295_000);
  photos.retry('p1');
  await photos.send('review-1');
  expect(ticket).toHaveBeenCalledTimes(2);
});

it.each([
  [new UploadFault('server'), 'SERVER', true],
  [new UploadFault('signed-out'), 'SIGNED_OUT', true],
  [new UploadFault('no-place'), 'NO_REVIEW', undefined],
  [new UploadFault('invalid', 'A review has at most 5 pictures'), 'INVALID', undefined],
  [new Error('a bug'), 'UNEXPECTED', true],
])('says why a photo is not sent, %s, and goes on with the next', async (error, code, canRetry) => {
  const { photos, ticket } = world();
  await photos.add([photo('a.jpg'), photo('b.jpg')]);
  ticket.mockRejectedValueOnce(error);
  await photos.send('review-1');
  const [first, second] = photos.items.value;
  expect(first).toMatchObject({ state: 'failed', problem: { code } });
  expect(first?.canRetry).toBe(canRetry);
  expect(second?.state).toBe('sent');
});

it('stops when it is left', async () => {
  const { photos, put, ticket } = world();
  await photos.add([photo('a.jpg'), photo('b.jpg')]);
  put.mockImplementationOnce(
    (_ticket, _file, _progress, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const sending = photos.send('review-1');
  await vi.waitFor(() => expect(put).toHaveBeenCalled());
  photos.stop();
  await sending;
  expect(ticket).toHaveBeenCalledTimes(1);
});
