import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command, NotFound, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { openWorkPartition, shardOf } from '@happy-path/photos/photo-record';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patienceSeconds } from '../../services/backend/src/domain/sweep.ts';
import { redrive } from '../src/redrive.ts';
import type { FailedPhoto } from '../src/redrive-photos.ts';
import type { Target } from '../src/target.ts';

const documents = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
const ssm = mockClient(SSMClient);
const target: Target = {
  stage: 'prod',
  name: 'stage prod',
  config: { region: 'eu-west-1' },
  command: (verb, settings = {}) => [verb, ...Object.values(settings)].join(' '),
};

const photo = (digit: string, changes: Partial<FailedPhoto> = {}): FailedPhoto => ({
  photoId: digit.repeat(32),
  versionId: `version-${digit}`,
  workflow: 'workflow-v2',
  reason: 'SYSTEM_FAULT',
  fault: 'States.Timeout: the moderator\nwas slow',
  updatedAt: `2026-01-0${digit}T00:00:00.000Z`,
  processedAt: `2026-01-0${digit}T00:00:00.000Z`,
  ...changes,
});

const updates = () => documents.commandCalls(UpdateCommand).map(({ args }) => args[0].input);

let said: string[];
beforeEach(() => {
  for (const client of [documents, s3, ssm]) client.reset();
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(console, 'log').mockImplementation((text) => said.push(`${text}\n`));
  for (const [key, Value] of Object.entries({
    'table-name': 'table',
    'upload-bucket': 'uploads',
    'distribution-bucket': 'renditions',
    'active-workflow': 'workflow-v3',
  }))
    ssm.on(GetParameterCommand, { Name: `/happy-path/prod/backend/${key}` }).resolves({ Parameter: { Value } });
  documents
    .on(ScanCommand)
    .resolves({ Items: [photo('2')], LastEvaluatedKey: { PK: 'next' } })
    .on(ScanCommand, { ExclusiveStartKey: { PK: 'next' } })
    .resolves({ Items: [photo('1')] })
    .on(UpdateCommand)
    .resolves({});
  s3.on(HeadObjectCommand).resolves({}).on(ListObjectsV2Command).resolves({}).on(DeleteObjectCommand).resolves({});
});
afterEach(() => vi.restoreAllMocks());

describe('redrive SERVICE=backend', () => {
  it('lists every failed photo, the longest ago first, with since when and why', async () => {
    await redrive(target, 'backend', true);
    const [header = '', ...rows] = said
      .join('')
      .split('\n')
      .filter((line) => /^photo|^[0-9a-f]{32}/.test(line));
    expect(header.split(/ {2,}/)).toEqual(['photo', 'failed since', 'workflow', 'reason', 'fault']);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      [
        '1'.repeat(32),
        '2026-01-01T00:00:00.000Z',
        'workflow-v2',
        'SYSTEM_FAULT',
        'States.Timeout: the moderator was slow',
      ],
      [
        '2'.repeat(32),
        '2026-01-02T00:00:00.000Z',
        'workflow-v2',
        'SYSTEM_FAULT',
        'States.Timeout: the moderator was slow',
      ],
    ]);
  });

  it('writes nothing on a dry run', async () => {
    expect(await redrive(target, 'backend', true)).toBe(true);
    expect(updates()).toEqual([]);
    expect(said.join('')).toMatch(/Nothing was changed\. Redrive them: redrive backend/);
  });

  it('looks for failed photos only, and not for those to be removed', async () => {
    await redrive(target, 'backend', true);
    const { FilterExpression, ExpressionAttributeValues } = documents.commandCalls(ScanCommand)[0]?.args[0].input ?? {};
    expect(FilterExpression).toBe('SK = :row AND objStatus = :failed AND attribute_not_exists(deleteRequestedAt)');
    expect(ExpressionAttributeValues).toEqual({ ':row': 'workflow', ':failed': 'FAILED' });
  });

  it('sets a photo back as on-upload left it, due for the next sweep, only if it is still failed', async () => {
    expect(await redrive(target, 'backend', false)).toBe(true);
    expect(updates()).toHaveLength(2);
    const [
      { Key, UpdateExpression, ConditionExpression, ExpressionAttributeValues: values = {} } = { Key: undefined },
    ] = updates();
    expect(Key).toEqual({ PK: `photo#${'1'.repeat(32)}`, SK: 'workflow' });
    expect(UpdateExpression).toBe(
      'SET objStatus = :uploaded, updatedAt = :now, GSI2PK = :openPK, GSI2SK = :openSK ' +
        'REMOVE executionId, workflow, claimedAt, processedAt, reason, reasonDetail, fault',
    );
    expect(ConditionExpression).toBe(
      'objStatus = :failed AND versionId = :version AND attribute_not_exists(deleteRequestedAt)',
    );
    expect(values).toMatchObject({
      ':uploaded': 'UPLOADED',
      ':failed': 'FAILED',
      ':version': 'version-1',
      ':openPK': openWorkPartition('UPLOADED', shardOf('1'.repeat(32))),
    });
    const nextSweepTakesBefore = Date.now() - patienceSeconds.UPLOADED * 1000;
    expect(Date.parse(values[':openSK'])).toBeLessThan(nextSweepTakesBefore);
    expect(Date.parse(values[':now'])).toBeGreaterThan(nextSweepTakesBefore);
    expect(said.join('')).toMatch(/2 of 2.*\n.*active workflow, now workflow-v3/);
  });

  it('removes what the failed run had stored, as the photo may be refused this time', async () => {
    const Prefix = `photos/${'1'.repeat(32)}/`;
    s3.on(ListObjectsV2Command, { Bucket: 'renditions', Prefix }).resolves({
      Contents: [{ Key: `${Prefix}tile.jpg` }],
    });
    await redrive(target, 'backend', false);
    const removed = s3.commandCalls(DeleteObjectCommand).map(({ args }) => args[0].input);
    expect(removed).toEqual([{ Bucket: 'renditions', Key: `${Prefix}tile.jpg` }]);
  });

  it('leaves a photo whose original is gone, and says so', async () => {
    s3.on(HeadObjectCommand, { Bucket: 'uploads', Key: `uploads/${'1'.repeat(32)}`, VersionId: 'version-1' }).rejects(
      new NotFound({ message: '', $metadata: {} }),
    );
    expect(await redrive(target, 'backend', false)).toBe(true);
    expect(updates().map(({ Key }) => Key?.['PK'])).toEqual([`photo#${'2'.repeat(32)}`]);
    expect(said.join('')).toMatch(/1{32} stays FAILED: its original, version version-1, is gone/);
  });

  it('takes a photo that somebody else has set back for done', async () => {
    documents.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ message: '', $metadata: {} }));
    expect(await redrive(target, 'backend', false)).toBe(true);
    expect(said.join('')).toMatch(/2 were redriven or removed by somebody else meanwhile/);
  });

  it('goes on with the others when one fails, and reports failure', async () => {
    s3.on(HeadObjectCommand, { VersionId: 'version-1' }).rejects(new Error('slow down'));
    expect(await redrive(target, 'backend', false)).toBe(false);
    expect(updates()).toHaveLength(1);
    expect(said.join('')).toMatch(/1{32} stays FAILED for now: Error: slow down/);
  });

  it('says that the backend is not deployed', async () => {
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: '', $metadata: {} }));
    await expect(redrive(target, 'backend', true)).rejects.toThrow('The backend is not deployed on stage prod.');
  });
});

describe('redrive of another service', () => {
  it.each([
    [undefined, 'SERVICE is missing.'],
    ['workflow-v1', 'There is nothing to redrive in workflow-v1.'],
    ['nothing', 'No service is called nothing.'],
  ])('of %s is refused: %s', async (service, message) => {
    await expect(redrive(target, service, true)).rejects.toThrow(message);
  });
});
