import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { uploadCompleteDetail } from '../../src/upload-complete.ts';

const detail = {
  bucket: 'uploads-bucket',
  key: 'uploads/3f0c9a7b5d2e48619ab47c5e0d1f8a23',
  versionId: 'v1',
  etag: '9b2cf535f27731c974343645a3985328',
  size: 4_213_987,
  contentType: 'image/jpeg',
  placeId: 'hyde-park',
  ID: '3f0c9a7b5d2e48619ab47c5e0d1f8a23',
  workflow: 'workflow-v1',
  correlationId: 'b7e1c2f4',
};

describe('the detail of uploadComplete', () => {
  it('is taken as it is', () => {
    expect(z.parse(uploadCompleteDetail, detail)).toEqual(detail);
  });

  it('may hold more than this consumer knows: a newer producer is no fault', () => {
    expect(z.parse(uploadCompleteDetail, { ...detail, camera: 'new' })).toEqual(detail);
  });

  it.each(Object.keys(detail))('must have %s', (field) => {
    expect(z.safeParse(uploadCompleteDetail, { ...detail, [field]: undefined })).toMatchObject({
      success: false,
      error: { issues: [{ path: [field] }] },
    });
  });

  it.each([
    ...['bucket', 'key', 'versionId', 'etag', 'contentType', 'placeId', 'ID', 'workflow', 'correlationId'].map(
      (field) => ({ [field]: '' }),
    ),
    { ID: '3F0C9A7B5D2E48619AB47C5E0D1F8A23' },
    { ID: '../../../../../../../../etc/passwd' },
    { ID: `${detail.ID}0` },
    { size: 0 },
    { size: -1 },
    { size: 1.5 },
    { size: '4213987' },
    { size: Number.NaN },
    { size: Number.POSITIVE_INFINITY },
    { bucket: 'x'.repeat(64) },
    { placeId: 'x'.repeat(65) },
    { key: 'x'.repeat(1025) },
    { correlationId: 'x'.repeat(101) },
  ])('is refused with %j', (wrong) => {
    expect(z.safeParse(uploadCompleteDetail, { ...detail, ...wrong }).success).toBe(false);
  });
});
