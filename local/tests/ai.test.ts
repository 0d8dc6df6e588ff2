import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { aiState, translationAdvice } from '../src/ai.ts';
import { type Instance, instanceAt } from '../src/instance.ts';

async function withServer<T>(answer: RequestListener, use: (instance: Instance) => Promise<T>): Promise<T> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as AddressInfo;
  try {
    return await use(instanceAt({ name: 'demo', folder: '/nowhere' }, port - 1, 'eu-west-1'));
  } finally {
    server.close();
  }
}

it.each(['warming', 'ready'])('is %s as the server on the port after the engine says', async (status) => {
  const answer: RequestListener = ({ url }, response) =>
    url === '/_local/health'
      ? response.end(JSON.stringify({ status, translates: ['es-en'] }))
      : response.writeHead(404).end('{}');
  expect(await withServer(answer, aiState)).toEqual({ status, translates: ['es-en'] });
});

it('is unknown when another program answers there', async () => {
  expect(await withServer((_request, response) => response.end('<html>'), aiState)).toBeUndefined();
});

it('is unknown when nothing answers', async () => {
  const stopped = await withServer(
    () => {},
    async (instance) => instance,
  );
  expect(await aiState(stopped)).toBeUndefined();
});

it('says how to add what is missing for translations, and nothing when nothing is', () => {
  expect(translationAdvice(['apertium-eng-cat'])).toMatch(/: sudo apt-get install .* apertium-eng-cat$/);
  expect(translationAdvice([])).toBeUndefined();
});
