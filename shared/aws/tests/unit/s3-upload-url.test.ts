import { describe, expect, it } from 'vitest';
import { uploadTicket } from '../../src/s3-upload-url.ts';

process.env['AWS_REGION'] = 'eu-west-1';
process.env['AWS_ACCESS_KEY_ID'] = 'AKIDEXAMPLE';
process.env['AWS_SECRET_ACCESS_KEY'] = 'example-secret';

const key = 'uploads/1';

describe('an upload ticket', () => {
  const photo = { key, contentType: 'image/png', size: 4321, correlationId: 'b7e1c2f4' };

  it('is for one object, for five minutes', async () => {
    const { uploadUrl, expiresInSeconds } = await uploadTicket('uploads-bucket', photo);

    const url = new URL(uploadUrl);
    expect(url.pathname).toBe(`/${key}`);
    expect(url.hostname).toMatch(/^uploads-bucket\./);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('300');
    expect(expiresInSeconds).toBe(300);
  });

  it('signs type, size, one-time use and correlation id as headers, so that S3 refuses any other', async () => {
    const { uploadUrl, requiredHeaders } = await uploadTicket('uploads-bucket', photo);

    expect(requiredHeaders).toEqual({
      'content-type': 'image/png',
      'content-length': '4321',
      'if-none-match': '*',
      'x-amz-meta-correlation-id': 'b7e1c2f4',
    });
    const signed = new URL(uploadUrl).searchParams.get('X-Amz-SignedHeaders')?.split(';');
    expect(signed).toEqual([...Object.keys(requiredHeaders), 'host'].toSorted());
  });

  it('does not demand the checksum of a body that it cannot know', async () => {
    const { uploadUrl } = await uploadTicket('uploads-bucket', photo);

    expect([...new URL(uploadUrl).searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  });
});
