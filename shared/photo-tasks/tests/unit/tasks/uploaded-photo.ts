import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  NoSuchKey,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

const photoId = '3f0c9a7b5d2e48619ab47c5e0d1f8a23';

/** What the state machine gives its tasks. */
export const uploaded = {
  bucket: 'uploads-bucket',
  key: `uploads/${photoId}`,
  versionId: 'v1',
  etag: 'e1',
  size: 4_213_987,
  contentType: 'image/jpeg',
  placeId: 'hyde-park',
  ID: photoId,
  workflow: 'workflow-v4',
  correlationId: 'correlation-1',
};

/** S3 as the tasks see it: no call leaves the process. */
export const s3 = mockClient(S3Client);

/** S3 has this original, and gives as much of it as is asked for. */
export function originalIs(bytes: Uint8Array): void {
  s3.on(GetObjectCommand).callsFake(({ Range }: GetObjectCommandInput) => {
    const [, last] = /^bytes=0-(\d+)$/.exec(Range ?? '') ?? [];
    const part = last === undefined ? bytes : bytes.subarray(0, Number(last) + 1);
    return { Body: { transformToByteArray: async () => part } as NonNullable<GetObjectCommandOutput['Body']> };
  });
}

/** What was asked of S3 about originals. */
export const reads = (): GetObjectCommandInput[] => s3.commandCalls(GetObjectCommand).map(({ args }) => args[0].input);

export const refusal = (name: string, $fault: 'client' | 'server' = 'client') =>
  new S3ServiceException({ name, $fault, $metadata: {}, message: name });

/** What S3 says of a photo whose owner removed it. */
export const gone = [
  { what: 'is gone', error: new NoSuchKey({ $metadata: {}, message: 'gone' }) },
  { what: 'has lost that version', error: refusal('NoSuchVersion') },
];

/** What S3 says when the fault is ours or its own. */
export const faults = [
  { what: 'S3 denies access', error: refusal('AccessDenied') },
  { what: 'S3 asks to slow down', error: refusal('SlowDown', 'server') },
  { what: 'the bucket does not exist', error: refusal('NoSuchBucket') },
  { what: 'the connection breaks', error: new Error('ECONNRESET') },
];

/** What no state machine of ours gives a task. */
export const foreignInputs = [
  { what: 'the id is none', input: { ...uploaded, ID: '../../etc' } },
  { what: 'the version is missing', input: { ...uploaded, versionId: undefined } },
  { what: 'the correlation id is missing', input: { ...uploaded, correlationId: '' } },
  { what: 'there is no input', input: undefined },
];
