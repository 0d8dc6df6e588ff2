import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DetectLabelsCommand, DetectModerationLabelsCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { drawTestCard } from '../../src/test-card.ts';
import { freePort, root, type Started, startServer, untilHealthy } from './server-fixture.ts';

const photo = (name: string) => readFile(join(root, 'samples/photos', name));

let server: Started;
let client: RekognitionClient;

beforeAll(async () => {
  server = startServer(await freePort());
  client = new RekognitionClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await untilHealthy(server);
}, 60_000);

afterAll(() => {
  server.process.kill('SIGKILL');
});

const labelsOf = async (Bytes: Buffer) => (await client.send(new DetectLabelsCommand({ Image: { Bytes } }))).Labels;
const moderationOf = async (Bytes: Buffer) =>
  (await client.send(new DetectModerationLabelsCommand({ Image: { Bytes } }))).ModerationLabels;

describe('the models', () => {
  it.each(['park-dandelions.jpg', 'person-astronaut.jpg', 'bar-wine.jpg'])(
    'find nothing wrong with %s',
    async (name) => {
      expect(await moderationOf(await photo(name))).toEqual([]);
    },
  );

  it.each([
    ['person-astronaut.jpg', { Left: 0.02, Top: 0.01, Width: 0.7, Height: 0.99 }],
    ['person-photographer.jpg', { Left: 0.01, Top: 0.12, Width: 0.56, Height: 0.88 }],
  ])('find the person on %s', async (name, box) => {
    const labels = await labelsOf(await photo(name));
    expect(labels).toEqual([expect.objectContaining({ Name: 'Person', Instances: [expect.anything()] })]);
    const near = (value: number) => expect.closeTo(value, 1);
    const { Left, Top, Width, Height } = box;
    expect(labels?.[0]?.Instances?.[0]?.BoundingBox).toEqual({
      Left: near(Left),
      Top: near(Top),
      Width: near(Width),
      Height: near(Height),
    });
  });

  it('find no person on a plate', async () => {
    expect(await labelsOf(await photo('restaurant-fig.jpg'))).toEqual([]);
  });

  it('find nothing on a blank picture, nor on a test card without a script', async () => {
    const blank = await sharp({ create: { width: 640, height: 480, channels: 3, background: 'white' } })
      .jpeg()
      .toBuffer();
    for (const image of [blank, await drawTestCard(17)]) {
      expect(await labelsOf(image)).toEqual([]);
      expect(await moderationOf(image)).toEqual([]);
    }
  });

  it('are quiet, and every request is a line of JSON', async () => {
    await labelsOf(await photo('restaurant-fig.jpg'));
    const lines = () =>
      server
        .output()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    await expect
      .poll(() => lines().at(-1))
      .toMatchObject({ operation: 'RekognitionService.DetectLabels', status: 200, labels: [] });
  });
});

describe('the process', () => {
  async function ownServer() {
    const started = startServer(await freePort());
    onTestFinished(() => void started.process.kill('SIGKILL'));
    await untilHealthy(started);
    return started;
  }

  it.each([
    ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
    ['the end of its parent', (child: ChildProcess) => child.stdin?.destroy()],
  ])('ends by %s', async (_why, end) => {
    const { process: child } = await ownServer();
    const exit = once(child, 'exit');
    end(child);
    expect(await exit).toEqual([0, null]);
  });

  it('says in one line that its port is taken', async () => {
    const second = startServer(server.port);
    onTestFinished(() => void second.process.kill('SIGKILL'));
    const [code] = await once(second.process, 'exit');
    expect({ code, output: second.output() }).toEqual({
      code: 1,
      output: `Port ${server.port} is in use by another program.\n`,
    });
  });
});
