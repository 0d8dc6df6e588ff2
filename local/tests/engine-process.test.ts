import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aiEnvironment, engineEnvironment } from '../src/engine-environment.ts';
import { requireRoom, stopEngine } from '../src/engine-process.ts';
import { readRecord, writeRecord } from '../src/engine-record.ts';
import { type Instance, instanceAt, instanceFrom } from '../src/instance.ts';
import { makeCommand } from '../src/make-command.ts';
import { mustBeDeleted } from '../src/stacks.ts';

let instance: Instance;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'happy-path-engine-'));
  instance = instanceAt({ name: 'demo', folder }, 4566, 'eu-west-1');
});
afterEach(() => rm(instance.folder, { recursive: true }));

describe('requireRoom', () => {
  it('says in one line that the port is taken, and by what', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as { port: number };
    await expect(requireRoom({ ...instance, port })).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^Port ${port} is in use by [^\\n]+\\.$`)),
      advice: expect.stringMatching(/^Stop it, or choose another port: make up PORT=4[67]\d\d$/),
    });
    server.close();
  });

  it('says what the port beside it is for, when that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as { port: number };
    await expect(requireRoom(instanceAt(instance, port - 1, instance.region))).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`^Port ${port}, the AI server's beside PORT=${port - 1}, is in use by`),
      ),
    });
    server.close();
  });
});

describe('makeCommand', () => {
  const mine = { name: 'mine', port: 4700, region: 'us-east-1' };
  it.each([
    ['up', instanceFrom({}), {}, 'make up'],
    ['demo', mine, {}, 'make demo INSTANCE=mine PORT=4700 REGION=us-east-1'],
    ['down', mine, {}, 'make down INSTANCE=mine'],
    ['logs', mine, { FUNCTION: 'get-locations' }, 'make logs INSTANCE=mine FUNCTION=get-locations'],
    ['test', { name: 'test', port: 4700 }, {}, 'make test TEST_PORT=4700'],
    ['down', { name: 'test' }, {}, 'make down INSTANCE=test'],
  ])('%s of %o', (verbs, instance, extra, command) => {
    expect(makeCommand(verbs, instance, extra)).toBe(command);
  });
});

describe('the record of an engine', () => {
  const record = { port: 4566, region: 'eu-west-1', startedAt: '2026-01-01T00:00:00Z' };

  it.each([
    ['ended', 2 ** 22 + 1],
    ['belongs to another program now', process.pid],
  ])('is removed when its process %s', async (_why, pid) => {
    writeRecord(instance, { pid, ...record });
    expect(readRecord(instance)).toBeUndefined();
    expect(await readdir(instance.folder)).toEqual([]);
  });

  it('never lets another program be stopped', async () => {
    writeRecord(instance, { pid: process.pid, ...record });
    expect(await stopEngine(instance)).toBe(false);
  });
});

describe('instanceFrom', () => {
  it('gives demo and test ports of their own', () => {
    expect(instanceFrom({}).port).toBe(4566);
    expect(instanceFrom({}, 'test').port).toBe(4666);
  });

  it.each([
    [{ PORT: 'http' }, /^PORT=http: use a number/],
    [{ PORT: '80' }, /^PORT=80: use a number/],
    [{ PORT: '65535' }, /^PORT=65535: use a number .* the one after it is taken, too/],
    [{ INSTANCE: '../etc' }, /^INSTANCE=..\/etc: use lower-case/],
    [{ INSTANCE: 'mine' }, /^Instance mine has no port/],
  ])('refuses %o', (env, message) => {
    expect(() => instanceFrom(env)).toThrow(message);
  });
});

describe('engineEnvironment', () => {
  it('hands the functions nothing of the caller but language, time zone and endpoints', () => {
    const caller = {
      AWS_PROFILE: 'production',
      AWS_SECRET_ACCESS_KEY: 'secret',
      GITHUB_TOKEN: 'secret',
      NODE_OPTIONS: '--inspect',
      AWS_ENDPOINT_URL_REKOGNITION: 'http://127.0.0.1:4701',
      TZ: 'Europe/Madrid',
    };
    const environment = engineEnvironment(instance, caller);
    expect(Object.values(environment)).not.toContain('secret');
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    expect(environment['NODE_OPTIONS']).not.toContain('inspect');
    expect(environment).toMatchObject({ AWS_ENDPOINT_URL_REKOGNITION: 'http://127.0.0.1:4701', TZ: 'Europe/Madrid' });
  });

  it.each([{}, { AWS_ENDPOINT_URL_REKOGNITION: '' }])('leads the AI services to the AI server, with %o', (caller) => {
    const environment = engineEnvironment(instance, caller);
    for (const service of ['COMPREHEND', 'REKOGNITION', 'TRANSLATE'])
      expect(environment[`AWS_ENDPOINT_URL_${service}`]).toBe('http://127.0.0.1:4567');
  });

  it('makes functions run on the Node that npm installed', () => {
    expect(engineEnvironment(instance, { PATH: '/elsewhere' })['PATH']).toMatch(/node_modules\/\.bin:/);
  });
});

describe('aiEnvironment', () => {
  it('has nothing of the caller but language and time zone', () => {
    const environment = aiEnvironment(instance, {
      AWS_PROFILE: 'production',
      GITHUB_TOKEN: 'secret',
      TZ: 'Europe/Madrid',
    });
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    expect(environment).not.toHaveProperty('GITHUB_TOKEN');
    expect(environment).toMatchObject({ TZ: 'Europe/Madrid' });
  });
});

describe('mustBeDeleted', () => {
  it.each(['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'CREATE_FAILED'])('holds for a stack in %s', (status) => {
    expect(mustBeDeleted(status)).toBe(true);
  });
  it.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', undefined])(
    'spares one in %s',
    (status) => {
      expect(mustBeDeleted(status)).toBe(false);
    },
  );
});
