import '../environment.ts';

import { GetObjectCommand } from '@aws-sdk/client-s3';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../src/tasks/check-dimensions.ts';
import { plain, withJpegMetadata } from '../images.ts';
import { faults, foreignInputs, gone, originalIs, reads, s3, uploaded } from './uploaded-photo.ts';

const output = captureOutput();

let photo: Buffer;
let tooSmall: Buffer;

beforeAll(async () => {
  photo = await plain(900, 600).jpeg().toBuffer();
  tooSmall = await plain(900, 99).jpeg().toBuffer();
});
beforeEach(() => {
  s3.reset();
});

const version = { Bucket: 'uploads-bucket', Key: uploaded.key, VersionId: 'v1' };

describe("checking a photo's type and size", () => {
  it('reads the first 64 KiB of the very version that was uploaded, and says ACCEPTED', async () => {
    originalIs(photo);

    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });

    expect(reads()).toEqual([{ ...version, Range: 'bytes=0-65535' }]);
  });

  it('reads on in the same version where the size stands further back', async () => {
    originalIs(withJpegMetadata(tooSmall, 300_000));

    expect(await handler(uploaded, context)).toMatchObject({ outcome: 'REJECTED', reason: 'IMAGE_TOO_SMALL' });

    expect(reads()).toEqual([
      { ...version, Range: 'bytes=0-65535' },
      { ...version, Range: 'bytes=0-1048575' },
    ]);
  });

  it('reads no more than 1 MiB, and says ACCEPTED where the size stands further back', async () => {
    originalIs(withJpegMetadata(tooSmall, 2_000_000));

    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });

    expect(reads()).toEqual([
      { ...version, Range: 'bytes=0-65535' },
      { ...version, Range: 'bytes=0-1048575' },
    ]);
  });

  it('says ACCEPTED of half a header: the decoder says what is wrong with it', async () => {
    originalIs(photo.subarray(0, 90));

    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });

    expect(reads()).toEqual([{ ...version, Range: 'bytes=0-65535' }]);
    expect(output.text()).not.toContain('PhotosRejected');
  });

  it.each([
    { of: 'a short side', file: () => tooSmall, reason: 'IMAGE_TOO_SMALL', detail: '900 x 99' },
    {
      of: 'too many pixels',
      file: () => plain(1001, 1000).jpeg().toBuffer(),
      reason: 'IMAGE_TOO_LARGE',
      detail: 'than 1 megapixels',
    },
    { of: 'SVG', file: () => Buffer.from('<svg/>'), reason: 'UNSUPPORTED_TYPE', detail: 'JPEG, PNG or WebP' },
  ])('says REJECTED and why, for $of, by the limits of the environment', async ({ file, reason, detail }) => {
    originalIs(await file());

    expect(await handler(uploaded, context)).toEqual({
      outcome: 'REJECTED',
      reason,
      reasonDetail: expect.stringContaining(detail),
    });
  });

  it('logs a refusal with its reason', async () => {
    originalIs(tooSmall);

    await handler(uploaded, context);

    expect(output.entries()).toMatchObject([
      { outcome: 'REJECTED', reason: 'IMAGE_TOO_SMALL', service: 'workflow-v4' },
    ]);
  });
});

describe('the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const startWith = async (types: string) => {
    vi.stubEnv('ALLOWED_TYPES', types);
    vi.resetModules();
    return (await import('../../../src/tasks/check-dimensions.ts')).handler;
  };

  it('says which types are allowed', async () => {
    const onlyJpeg = await startWith('jpg');
    originalIs(await plain(900, 600).png().toBuffer());

    expect(await onlyJpeg(uploaded, context)).toMatchObject({
      reason: 'UNSUPPORTED_TYPE',
      reasonDetail: 'This file is not a JPEG photo. Save the photo as JPEG and upload that.',
    });
    originalIs(photo);
    expect(await onlyJpeg(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });
  });

  it.each(['', 'gif', 'jpg,heic', 'JPG', 'jpg,,png', 'constructor'])(
    'stops a function that is told %j',
    async (types) => {
      await expect(startWith(types)).rejects.toThrow(/ALLOWED_TYPES/);
    },
  );
});

describe('an original that', () => {
  it.each(gone)('$what is WITHDRAWN: its owner removed it', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    expect(await handler(uploaded, context)).toEqual({ outcome: 'WITHDRAWN' });
  });
});

describe('a fault is thrown, so that the workflow tries again, when', () => {
  it.each(faults)('$what', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    await expect(handler(uploaded, context)).rejects.toBe(error);
  });

  it.each(foreignInputs)('$what: nothing is read', async ({ input }) => {
    await expect(handler(input, context)).rejects.toThrow();

    expect(s3.calls()).toEqual([]);
  });
});

it('a warm function keeps nothing of the photo before', async () => {
  originalIs(tooSmall);
  await handler(uploaded, context);
  originalIs(photo);

  expect(await handler({ ...uploaded, correlationId: 'correlation-2' }, context)).toEqual({ outcome: 'ACCEPTED' });
  expect(output.entries().at(-1)).toMatchObject({ correlationId: 'correlation-2', outcome: 'ACCEPTED' });
  expect(output.entries().at(-1)).not.toHaveProperty('reason');
});
