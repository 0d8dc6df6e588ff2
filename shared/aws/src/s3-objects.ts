import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';

const s3 = new S3Client({});

/**
 * Removes every version and delete marker of the objects whose keys begin so.
 *
 * @throws when some of them stayed
 */
export async function removeVersions(bucket: string, prefix: string): Promise<void> {
  for await (const versions of versionsOf(bucket, prefix)) await removeAll(bucket, versions);
}

/**
 * Removes one version of an object, and leaves the others.
 *
 * @throws when it stayed
 */
export const removeVersion = (bucket: string, Key: string, VersionId: string): Promise<void> =>
  removeAll(bucket, [{ Key, VersionId }]);

/**
 * Removes the objects whose keys begin so, in a bucket without versions.
 *
 * @throws when some of them stayed
 */
export async function removeObjects(bucket: string, prefix: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
    await removeAll(
      bucket,
      Contents.map(({ Key }) => ({ Key })),
    );
}

async function* versionsOf(Bucket: string, Prefix: string): AsyncGenerator<Partial<ObjectIdentifier>[]> {
  let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (markers) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, ...markers }),
    );
    const { Versions = [], DeleteMarkers = [] } = page;
    yield [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    markers = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
}

async function removeAll(Bucket: string, objects: readonly Partial<ObjectIdentifier>[]): Promise<void> {
  if (objects.length === 0) return;
  const Objects = objects.map(({ Key = '', VersionId }) => ({ Key, ...(VersionId !== undefined && { VersionId }) }));
  const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  const [first] = Errors;
  if (first) throw new Error(`${Errors.length} objects of ${Bucket} were not removed: ${first.Key}: ${first.Code}`);
}
