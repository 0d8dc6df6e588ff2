import '../environment.ts';

import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { captureOutput, context } from '@happy-path/runtime/testing';
import type { Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { plain } from '../images.ts';
import { originalIs, s3, uploaded } from './uploaded-photo.ts';

captureOutput();

/** How long the client waits for an answer, and then for the rest of it. */
const patienceMs = 8_000;

/** Rekognition as the SDK meets it: over HTTP, on this machine. */
let server: Server;
let answer: RequestListener;
let requests: (string | undefined)[] = [];
let tasks: Record<string, (event: unknown, context: Context) => Promise<unknown>>;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.headers['x-amz-target']?.toString());
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_REKOGNITION', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  tasks = {
    Moderator: (await import('../../../src/tasks/moderate-photo.ts')).handler,
    DetectPeople: (await import('../../../src/tasks/detect-people.ts')).handler,
  };
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const photo = await plain(200, 200).jpeg().toBuffer();
beforeEach(() => {
  requests = [];
  s3.reset();
  originalIs(photo);
});
afterEach(() => {
  server.closeAllConnections();
});

/** The tasks that ask Rekognition, in every machine that has them. */
const asking = ['v2', 'v3', 'v4'].flatMap((version) => {
  const file = new URL(`../../../../../statemachines/${version}.asl.json`, import.meta.url);
  const { States } = JSON.parse(readFileSync(file, 'utf8'));
  return ['Moderator', 'DetectPeople'].flatMap((state) =>
    States[state] ? [{ version, state, retry: States[state].Retry }] : [],
  );
});

const says =
  (status: number, __type: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type, message: 'no' }));
  };

const page =
  (status: number, body: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(body);
  };

/** What may go wrong, as Rekognition says it, and the name under which the operator reads of it. */
const failures = [
  { what: 'is throttled', answer: says(400, 'ThrottlingException'), name: 'ThrottlingException' },
  {
    what: 'has used up its throughput',
    answer: says(400, 'ProvisionedThroughputExceededException'),
    name: 'ProvisionedThroughputExceededException',
  },
  { what: 'fails', answer: says(500, 'InternalServerError'), name: 'InternalServerError' },
  // Of answers that no service of AWS gives, the SDK makes names of its own.
  { what: 'is down without a word', answer: page(503, ''), name: 'Unknown' },
  { what: 'is down behind a page', answer: page(503, '<html>Service Unavailable</html>'), name: 'SyntaxError' },
  { what: 'hangs up', answer: (request) => void request.socket.destroy(), name: 'TimeoutError' },
  { what: 'never answers', answer: () => undefined, name: 'TimeoutError' },
] satisfies { what: string; answer: RequestListener; name: string }[];

describe.each(['Moderator', 'DetectPeople'])('%s', (state) => {
  const run = () => tasks[state]?.(uploaded, context);

  it.each(failures)('throws $name when Rekognition $what, after a second try', async ({ answer: given, name }) => {
    answer = given;
    hurry();

    await expect(run()).rejects.toMatchObject({ name });

    expect(requests).toHaveLength(2);
  });

  it.each([
    { after: 'its headers', begin: '' },
    { after: 'half a verdict', begin: '{"ModerationLabels":[],"Labels":[' },
  ])('throws TimeoutError when an answer stops after $after, after a second try', async ({ begin }) => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.flushHeaders();
      response.write(begin);
    };
    hurrySockets();

    await expect(run()).rejects.toMatchObject({
      name: 'TimeoutError',
      message: expect.stringContaining(`socket timed out after ${patienceMs} ms`),
    });

    expect(requests).toHaveLength(2);
  });

  it.each(['AccessDeniedException', 'InvalidImageFormatException', 'ImageTooLargeException'])(
    'throws %s without a second try',
    async (name) => {
      answer = says(400, name);

      await expect(run()).rejects.toMatchObject({ name });

      expect(requests).toHaveLength(1);
    },
  );

  it.each(['', '{}', 'null', '{"ModerationLabels":null,"Labels":null}', '<html>Hello</html>'])(
    'takes no other answer for a verdict: %s',
    async (body) => {
      answer = (_, response) => response.end(body);

      await expect(run()).rejects.toThrow();
    },
  );

  it('is ACCEPTED on a second try that finds nothing', async () => {
    answer = (request, response) => {
      if (requests.length === 1) says(500, 'InternalServerError')(request, response);
      else response.end('{"ModerationLabels":[],"Labels":[]}');
    };

    expect(await run()).toEqual({ outcome: 'ACCEPTED' });
  });
});

it.each(asking)('$version tries again whatever the name in $state, eleven times', ({ retry }) => {
  expect(retry).toEqual([
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 1,
      MaxAttempts: 11,
      BackoffRate: 2,
      MaxDelaySeconds: 60,
      JitterStrategy: 'FULL',
    },
  ]);
});

/** Lets the client's patience pass in a moment. Only those: everything else takes its time. */
function hurry(): void {
  const { setTimeout: wait } = globalThis;
  const hurried = (callback: () => void, ms?: number) => wait(callback, ms === patienceMs ? 100 : ms);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hurried as typeof setTimeout);
}

/**
 * Lets the client's patience with a silent socket pass in a moment, and the three seconds before for which it does not look.
 * Its patience with a request stays as it is.
 */
function hurrySockets(): void {
  const { setTimeout: wait } = globalThis;
  const hurried = (callback: () => void, ms?: number) => wait(callback, ms === 3_000 ? 0 : ms);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hurried as typeof setTimeout);
  const { setTimeout: waitForSocket } = Socket.prototype;
  vi.spyOn(Socket.prototype, 'setTimeout').mockImplementation(function (this: Socket, ms, callback) {
    return waitForSocket.call(this, ms === patienceMs ? 100 : ms, callback);
  });
}
