import { captureOutput } from '@happy-path/runtime/testing';
import { describe, expect, it } from 'vitest';
import { arrivedObjects } from '../../src/s3-event.ts';

const output = captureOutput();

function record(given: { eventName?: string; object?: Record<string, unknown> } = {}) {
  return {
    eventName: given.eventName ?? 'ObjectCreated:Put',
    s3: {
      bucket: { name: 'uploads-bucket' },
      object: { key: 'uploads/1', size: 7, eTag: 'e1', versionId: 'v1', sequencer: '0A', ...given.object },
    },
  };
}

describe("S3's notification of a new object", () => {
  it('is read as what arrived, and in which order', () => {
    expect(arrivedObjects({ Records: [record()] })).toEqual([
      { bucket: 'uploads-bucket', key: 'uploads/1', versionId: 'v1', etag: 'e1', size: 7, sequencer: '0A' },
    ]);
  });

  it.each(['Put', 'Post', 'Copy', 'CompleteMultipartUpload'])('counts when it was made by %s', (how) => {
    expect(arrivedObjects({ Records: [record({ eventName: `ObjectCreated:${how}` })] })).toHaveLength(1);
  });

  it('may tell of several objects: every one is read, and one that is none of ours is left out', () => {
    const Records = ['a', 'folder/', 'b'].map((key) => record({ object: { key } }));

    expect(arrivedObjects({ Records }).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it.each([
    { sent: 'uploads/my+photo.jpg', key: 'uploads/my photo.jpg' },
    { sent: 'uploads/1%2B1', key: 'uploads/1+1' },
    { sent: 'uploads/%E5%85%AC', key: 'uploads/\u516c' },
    { sent: 'uploads/100%', key: 'uploads/100%' },
    { sent: 'uploads/%E5%85', key: 'uploads/%E5%85' },
  ])('names the key $key as $sent', ({ sent, key }) => {
    expect(arrivedObjects({ Records: [record({ object: { key: sent } })] })).toMatchObject([{ key }]);
  });

  it('is read record by record: one that is none does not take the others with it', () => {
    const broken = [null, {}, 'text', { eventName: 'ObjectCreated:Put' }, record({ object: { key: 7 } })];
    const Records = [record({ object: { key: 'a' } }), ...broken, record({ object: { key: 'b' } })];

    expect(arrivedObjects({ Records }).map(({ key }) => key)).toEqual(['a', 'b']);

    const warning = { level: 'WARN', message: 'not a record of an S3 notification, ignored' };
    expect(output.entries()).toMatchObject(broken.map(() => warning));
  });

  it('needs no size, ETag or sequencer', () => {
    const object = { size: undefined, eTag: undefined, sequencer: undefined };

    expect(arrivedObjects({ Records: [record({ object })] })).toMatchObject([{ size: 0, etag: '' }]);
  });
});

describe('what is no notification of a new photo', () => {
  it.each([
    { what: "S3's own test event", event: { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'uploads-bucket' } },
    { what: 'a removal', event: { Records: [record({ eventName: 'ObjectRemoved:DeleteMarkerCreated' })] } },
    { what: 'a folder', event: { Records: [record({ object: { key: 'uploads/' } })] } },
    { what: 'an object without a version', event: { Records: [record({ object: { versionId: undefined } })] } },
    { what: 'nothing', event: null },
    { what: 'records that are none', event: { Records: 'none' } },
  ])('$what is left out, and a warning says so', ({ event }) => {
    expect(arrivedObjects(event)).toEqual([]);
    expect(output.entries()).toMatchObject([{ level: 'WARN' }]);
  });

  it('is no reason to warn when there is simply no record', () => {
    expect(arrivedObjects({ Records: [] })).toEqual([]);
    expect(output.entries()).toEqual([]);
  });
});
