import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { requireAws } from '../src/aws.ts';

const unset = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

beforeEach(() => {
  for (const name of unset) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => vi.unstubAllEnvs());

it('says that there is no region', async () => {
  await expect(requireAws('dev')).rejects.toThrow(/^No AWS region is set\.$/);
});

it('says that there are no credentials', async () => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  await expect(requireAws('dev')).rejects.toThrow(/^There are no AWS credentials: [^\n]+[^.]\.$/);
});

it.each(['AWS_REGION', 'AWS_DEFAULT_REGION'])('takes the region of %s', async (name) => {
  vi.stubEnv(name, 'eu-south-2');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  expect(await requireAws('dev')).toBe('eu-south-2');
});

it('never takes the local stage to AWS', async () => {
  await expect(requireAws('local')).rejects.toThrow('Stage local is the local engine.');
});
