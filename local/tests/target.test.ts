import { rm } from 'node:fs/promises';
import { ParameterNotFound } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { placeFrom } from '../src/instance.ts';
import { onTarget, targetOf } from '../src/target.ts';

const aws = { AWS_REGION: 'eu-south-2', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
const stopped = 'nobody-starts-this';

beforeEach(() => {
  for (const [name, value] of Object.entries({ ...aws, INSTANCE: stopped, STAGE: undefined })) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(placeFrom({}, stopped).folder, { recursive: true, force: true });
});

describe('a verb that works here and on AWS', () => {
  it.each([undefined, 'local'])(
    'is about the local instance with the stage %s, whatever credentials there are',
    async (stage) => {
      await expect(targetOf(stage)).rejects.toThrow(`The engine (${stopped}) does not run.`);
    },
  );

  it('is about AWS with a stage, in the region of the credentials', async () => {
    const target = await targetOf('prod');
    expect(target).toMatchObject({
      stage: 'prod',
      name: 'stage prod on AWS (eu-south-2)',
      config: { region: 'eu-south-2' },
    });
    expect(target.instance).toBeUndefined();
  });

  it('repeats the stage in every command it proposes', async () => {
    const { command } = await targetOf('prod');
    expect(command('delete', { SERVICE: 'workflow-v2' })).toBe('make delete SERVICE=workflow-v2 STAGE=prod');
  });

  it('does not let a stage of the environment decide', async () => {
    await expect(targetOf(undefined, { ...process.env, STAGE: 'prod' })).rejects.toMatchObject({
      message: expect.stringMatching(/^STAGE=prod is set in the environment only/),
      advice: expect.stringContaining('STAGE=prod for AWS, STAGE=local for the local engine'),
    });
  });
});

describe('onTarget', () => {
  it('says in one line what a service of AWS has refused', async () => {
    const refused = new ParameterNotFound({ message: 'no such thing', $metadata: {} });
    await expect(onTarget('prod', () => Promise.reject(refused))).rejects.toMatchObject({
      name: 'Failure',
      message: 'stage prod on AWS (eu-south-2) answers ParameterNotFound: no such thing',
    });
  });

  it('leaves a bug its stack', async () => {
    await expect(onTarget('prod', () => Promise.reject(new TypeError('bug')))).rejects.toBeInstanceOf(TypeError);
  });
});
