import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { lambda, physicalId } from '../engine-fixture.ts';

const folder = 'events/invoke';
const samples = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'));

/** `backend/on-upload.s3-test-event.json` is a sample for OnUploadFunction. */
function functionOf(sample: string): { service: string; logicalId: string } {
  const [service = '', file = ''] = sample.split('/');
  const words = (file.split('.')[0] ?? '').split('-');
  return { service, logicalId: `${words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')}Function` };
}

test.each(samples)('%s can be invoked as it is', async (sample) => {
  const { service, logicalId } = functionOf(sample);
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: await physicalId(service, logicalId),
      Payload: await readFile(join(folder, sample)),
    }),
  );
  expect(FunctionError, Buffer.from(Payload ?? []).toString()).toBeUndefined();
});
