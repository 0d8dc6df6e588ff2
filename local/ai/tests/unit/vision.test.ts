import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startVision, UnreadableImageError } from '../../src/vision.ts';
import { until } from './front-fixture.ts';

const stays = new AbortController().signal;
const picture = (background: string) =>
  sharp({ create: { width: 100, height: 100, channels: 3, background } })
    .png()
    .toBuffer();

/** With a thread that has no models: vision-worker-fake.ts. */
function fakeVision(worker = './vision-worker-fake.ts') {
  const deaths: { message: string; restarts: boolean }[] = [];
  const vision = startVision(
    { died: ({ message }, restarts) => deaths.push({ message, restarts }) },
    new URL(worker, import.meta.url),
  );
  onTestFinished(() => vision.stop());
  return { vision, deaths };
}

describe('startVision', () => {
  it('gives each model the picture as a square of its size, and waits for it to be loaded', async () => {
    const { vision } = fakeVision();
    expect(vision.models).toEqual({ moderation: 'loading', objects: 'loading' });
    const image = await picture('#0a141e');
    expect((await vision.moderate(image, stays)).value).toEqual({ bytes: 299 * 299 * 3, first: [10, 20, 30] });
    expect((await vision.detectObjects(image, stays)).value).toEqual({ bytes: 512 * 512 * 3, first: [10, 20, 30] });
    expect(vision.models).toEqual({ moderation: 'ready', objects: 'ready' });
  });

  it('turns the picture upright and puts it on white', async () => {
    const { vision } = fakeVision();
    const transparent = sharp({
      create: { width: 90, height: 90, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    });
    expect((await vision.moderate(await transparent.png().toBuffer(), stays)).value).toMatchObject({
      first: [255, 255, 255],
    });
    const halves = await sharp({ create: { width: 100, height: 50, channels: 3, background: 'black' } })
      .extend({ top: 50, background: 'white' })
      .withMetadata({ orientation: 3 })
      .png()
      .toBuffer();
    expect((await vision.moderate(halves, stays)).value).toMatchObject({ first: [0, 0, 0] });
  });

  it('refuses a picture that ends in the middle', async () => {
    const { vision } = fakeVision();
    const noise = sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: 'teal',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    });
    const whole = await noise.jpeg().toBuffer();
    await expect(vision.moderate(whole.subarray(0, whole.length / 2), stays)).rejects.toThrow(UnreadableImageError);
  });

  it('fails the job at which the thread dies, and answers the next one with a new thread', async () => {
    const { vision, deaths } = fakeVision();
    await expect(vision.moderate(await picture('red'), stays)).rejects.toThrow('red is too much');
    expect((await vision.moderate(await picture('blue'), stays)).value).toMatchObject({ first: [0, 0, 255] });
    expect(deaths).toEqual([{ message: 'red is too much', restarts: true }]);
  });

  it('gives up on a thread that never gets its models', async () => {
    const { vision, deaths } = fakeVision('./no-such-worker.ts');
    await until(() => deaths.length === 3);
    expect(deaths.map(({ restarts }) => restarts)).toEqual([true, true, false]);
    expect(vision.models).toEqual({ moderation: 'failed', objects: 'failed' });
    await expect(vision.moderate(await picture('blue'), stays)).rejects.toThrow('could not be loaded');
  });
});
