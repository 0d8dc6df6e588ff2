import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, HeadObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { openWorkKey, type PhotoRecord, photoKey, renditionPrefix } from '@happy-path/photos/photo-record';
import { patienceSeconds } from '../../services/backend/src/domain/sweep.ts';
import { uploadKey } from '../../services/backend/src/domain/upload-request.ts';
import { Failure } from './failure.ts';
import { say, step } from './progress.ts';
import { settledInBatches } from './settled.ts';
import { aligned } from './table.ts';
import type { Target } from './target.ts';
import { Workflows } from './workflows.ts';

/** A photo that ended FAILED. What set it so wrote `fault` and `processedAt`, unless it was the sweep. */
export type FailedPhoto = Pick<PhotoRecord, 'photoId' | 'versionId' | 'reason' | 'workflow' | 'updatedAt'> & {
  readonly fault?: string;
  readonly processedAt?: string;
};

/**
 * What became of one photo: `redriven`; `gone` - its original is no longer there, it stays FAILED; `changed` - somebody
 * else redrove or removed it meanwhile.
 */
type Outcome = 'redriven' | 'gone' | 'changed';

const faultWidth = 100;

/**
 * Sets the photos that ended FAILED back to UPLOADED, as they were before a workflow claimed them; the sweep announces
 * them within a minute or two, for the workflow that is active then. Safe to repeat, and while photos are processed.
 */
export async function redrivePhotos(target: Target, dryRun: boolean): Promise<boolean> {
  const photos = await connectToPhotos(target);
  const failed = await step(`find failed photos on ${target.name}`, photos.failed, ({ length }) => `${length}`);
  if (failed.length === 0) return true;
  for (const line of table(failed)) console.log(line);
  if (dryRun) {
    say(`Nothing was changed. Redrive them: ${target.command('redrive', { SERVICE: 'backend' })}`);
    return true;
  }

  const outcomes = new Map<FailedPhoto, Outcome>();
  const errors = new Map<FailedPhoto, unknown>();
  const count = (outcome: Outcome) => [...outcomes.values()].filter((each) => each === outcome).length;
  await step(
    'set them back to UPLOADED',
    async (tell) => {
      const results = await settledInBatches(failed, photos.redrive, (begun) => tell(`${begun} of ${failed.length}`));
      for (const [index, photo] of failed.entries()) {
        const result = results[index];
        if (result?.status === 'fulfilled') outcomes.set(photo, result.value);
        else errors.set(photo, result?.reason);
      }
    },
    () => `${count('redriven')} of ${failed.length}`,
  );

  for (const [{ photoId, versionId = 'none' }, outcome] of outcomes)
    if (outcome === 'gone')
      say(`${photoId} stays FAILED: its original, version ${versionId}, is gone. Its owner has to upload it again.`);
  if (count('changed') > 0) say(`${count('changed')} were redriven or removed by somebody else meanwhile.`);
  for (const [{ photoId }, cause] of errors) say(`${photoId} stays FAILED for now: ${cause}`);
  if (count('redriven') > 0) {
    const { name } = await new Workflows(target).active();
    say(`The sweep, which runs each minute, hands what was set back to the active workflow, now ${name}.`);
  }
  return errors.size === 0;
}

/** Columns: id, since when, workflow, reason, fault. */
function table(failed: readonly FailedPhoto[]): string[] {
  const rows = failed.map(({ photoId, processedAt, updatedAt, workflow = '-', reason = '-', fault }) => {
    const text = (fault ?? 'its run disappeared').replaceAll(/\s+/g, ' ');
    const short = text.length > faultWidth ? `${text.slice(0, faultWidth - 1)}…` : text;
    return [photoId, processedAt ?? updatedAt, workflow, reason, short];
  });
  return aligned([['photo', 'failed since', 'workflow', 'reason', 'fault'], ...rows]);
}

async function connectToPhotos({ config, stage, instance, name }: Target) {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  const s3 = new S3Client({ ...config, forcePathStyle: instance !== undefined });
  const ssm = new SSMClient(config);
  const parameter = async (key: string) => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/happy-path/${stage}/backend/${key}` }));
    return Parameter?.Value ?? '';
  };
  const [TableName = '', Bucket = '', renditionBucket = ''] = await Promise.all(
    ['table-name', 'upload-bucket', 'distribution-bucket'].map(parameter),
  ).catch((cause: unknown) => {
    if (!(cause instanceof ParameterNotFound)) throw cause;
    throw new Failure(`The backend is not deployed on ${name}.`, { cause });
  });

  return {
    /**
     * Photos that ended FAILED, the longest ago first. A scan of the whole table: no index lists what has ended, rows are
     * small, and an operator does this rarely.
     */
    async failed(): Promise<FailedPhoto[]> {
      const pages = paginateScan(
        { client: documents },
        {
          TableName,
          ConsistentRead: true,
          FilterExpression: 'SK = :row AND objStatus = :failed AND attribute_not_exists(deleteRequestedAt)',
          ExpressionAttributeValues: { ':row': photoKey('').SK, ':failed': 'FAILED' },
        },
      );
      const failed: FailedPhoto[] = [];
      for await (const { Items = [] } of pages) failed.push(...(Items as FailedPhoto[]));
      return failed.sort((a, b) => a.updatedAt.localeCompare(b.updatedAt));
    },

    async redrive(photo: FailedPhoto): Promise<Outcome> {
      if (!(await hasOriginal(photo))) return 'gone';
      await removeRenditions(photo.photoId);
      const now = Date.now();
      // Twice as long ago as the sweep is patient, so that the next one takes it, behind what waits longer.
      const since = new Date(now - 2 * patienceSeconds.UPLOADED * 1000).toISOString();
      const open = openWorkKey('UPLOADED', photo.photoId, since);
      try {
        await documents.send(
          new UpdateCommand({
            TableName,
            Key: photoKey(photo.photoId),
            // What Claim and the end of the run have set goes: the row is again as on-upload left it.
            UpdateExpression:
              'SET objStatus = :uploaded, updatedAt = :now, GSI2PK = :openPK, GSI2SK = :openSK ' +
              'REMOVE executionId, workflow, claimedAt, processedAt, reason, reasonDetail, fault',
            ConditionExpression:
              'objStatus = :failed AND versionId = :version AND attribute_not_exists(deleteRequestedAt)',
            ExpressionAttributeValues: {
              ':uploaded': 'UPLOADED',
              ':failed': 'FAILED',
              ':version': photo.versionId,
              ':now': new Date(now).toISOString(),
              ':openPK': open.GSI2PK,
              ':openSK': open.GSI2SK,
            },
          }),
        );
        return 'redriven';
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return 'changed';
        throw error;
      }
    },
  };

  /** What a run stored before it failed; a stricter workflow may refuse the photo this time. */
  async function removeRenditions(photoId: string): Promise<void> {
    const listing = { Bucket: renditionBucket, Prefix: renditionPrefix(photoId) };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, listing))
      for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: renditionBucket, Key }));
  }

  async function hasOriginal({ photoId, versionId }: FailedPhoto): Promise<boolean> {
    if (versionId === undefined) return false;
    try {
      await s3.send(new HeadObjectCommand({ Bucket, Key: uploadKey(photoId), VersionId: versionId }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFound') return false;
      throw error;
    }
  }
}
