import { CognitoIdentityProviderClient, DeleteUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteBucketCommand, DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { clientConfig } from './clients.ts';
import type { Instance } from './instance.ts';
import type { Stacks } from './stacks.ts';

/** What the services of AWS call a resource that is gone. */
const gone = ['NoSuchBucket', 'ResourceNotFoundException'];

/**
 * Deletes what a stack would leave behind by its DeletionPolicy: on AWS that is what visitors trusted us with, here it is
 * in the way, as the next deployment makes it anew under the same names.
 */
export async function deleteRetained(instance: Instance, stacks: Stacks, stackName: string): Promise<void> {
  const { template, context } = await stacks.describe(stackName);
  const config = clientConfig(instance);
  const deletions: Record<string, (physicalId: string) => Promise<unknown>> = {
    'AWS::S3::Bucket': (name) => deleteBucket(new S3Client({ ...config, forcePathStyle: true }), name),
    'AWS::DynamoDB::Table': (TableName) => new DynamoDBClient(config).send(new DeleteTableCommand({ TableName })),
    'AWS::Cognito::UserPool': (UserPoolId) =>
      new CognitoIdentityProviderClient(config).send(new DeleteUserPoolCommand({ UserPoolId })),
  };
  for (const [logicalId, { Type, DeletionPolicy }] of Object.entries(template.Resources)) {
    const id = context.resources[logicalId]?.physicalId;
    if (!id || !DeletionPolicy?.startsWith('Retain')) continue;
    try {
      await deletions[Type]?.(id);
    } catch (error) {
      // A deletion that was interrupted has been here.
      if (!(error instanceof Error && gone.includes(error.name))) throw error;
    }
  }
}

async function deleteBucket(client: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) break;
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}
