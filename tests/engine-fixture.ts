import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { openWorkKey, type PhotoRecord, photoKey } from '@happy-path/photos/photo-record';
import { connect } from '../local/src/engine.ts';

/** The engine that this run of the suite has started, and its administrator's clients. */
export const site = await connect({ instance: 'test' });
const { region, endpoint, credentials } = site;
const config = { region, endpoint, credentials };

export const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
  marshallOptions: { removeUndefinedValues: true },
});
export const s3 = new S3Client({ ...config, forcePathStyle: true });
export const stepFunctions = new SFNClient(config);
export const lambda = new LambdaClient(config);
const cloudFormation = new CloudFormationClient(config);
const ssm = new SSMClient(config);

/** A value that a service has published for others. */
export async function published(name: string): Promise<string> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/happy-path/local/${name}` }));
  if (!Parameter?.Value) throw new Error(`Nobody has published ${name}`);
  return Parameter.Value;
}

export const tableName = await published('backend/table-name');
export const uploadBucket = await published('backend/upload-bucket');
export const distributionBucket = await published('backend/distribution-bucket');

/** Physical id of a resource, such as a function's or a queue's name. */
export async function physicalId(service: string, logicalId: string): Promise<string> {
  const { StackResourceDetail } = await cloudFormation.send(
    new DescribeStackResourceCommand({ StackName: `happy-path-local-${service}`, LogicalResourceId: logicalId }),
  );
  if (!StackResourceDetail?.PhysicalResourceId) throw new Error(`${service} has no ${logicalId}`);
  return StackResourceDetail.PhysicalResourceId;
}

export async function readPhoto(photoId: string): Promise<PhotoRecord | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: tableName, Key: photoKey(photoId), ConsistentRead: true }),
  );
  return Item as PhotoRecord | undefined;
}

/** Stores a photo's row as if the backend had brought it this far. */
export async function storePhoto(photo: PhotoRecord): Promise<void> {
  const isOpen = ['PENDING_UPLOAD', 'UPLOADED', 'PROCESSING'].includes(photo.objStatus);
  await documents.send(
    new PutCommand({
      TableName: tableName,
      Item: {
        ...photoKey(photo.photoId),
        ...photo,
        GSI1PK: `owner#${photo.owner}`,
        GSI1SK: `${photo.createdAt}#${photo.photoId}`,
        ...(isOpen && openWorkKey(photo.objStatus, photo.photoId, photo.updatedAt)),
      },
    }),
  );
}

/** The published photos of a place, as stored. */
export async function photosAt(placeId: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'PK = :place AND begins_with(SK, :photo)',
      ExpressionAttributeValues: { ':place': `place#${placeId}`, ':photo': 'photo#' },
    }),
  );
  return Items;
}
