import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { PhotoRecord, PublishedPhoto } from '@happy-path/photos/photo-record';
import { mockClient } from 'aws-sdk-client-mock';
import ngeohash from 'ngeohash';
import { at, isRecord } from '../template/json.ts';
import { parseTemplate } from '../template/sam-template.ts';
import { functionsOf } from './functions.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

export const template = parseTemplate('services/backend/template.yaml', read('services/backend/template.yaml'));
const defaultOf = (parameter: string) => String(at(template.body, `Parameters.${parameter}.Default`));

/** The clients of every backend function: no call leaves the process. */
export const aws = {
  dynamo: mockClient(DynamoDBDocumentClient),
  s3: mockClient(S3Client),
  cognito: mockClient(CognitoIdentityProviderClient),
  iot: mockClient(IoTClient),
  iotData: mockClient(IoTDataPlaneClient),
  ssm: mockClient(SSMClient),
  eventBridge: mockClient(EventBridgeClient),
};

/** As deployed with the template's defaults. To be called before a handler is imported. */
export function setEnvironment(): void {
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
    STAGE: 'dev',
    REVIEWS_URL_PARAMETER: '/happy-path/dev/reviews/api-url',
    TABLE_NAME: 'table',
    UPLOAD_BUCKET: 'uploads',
    DISTRIBUTION_BUCKET: 'distribution',
    USER_POOL_ID: 'pool',
    USER_POOL_CLIENT_ID: 'client',
    IDENTITY_POOL_ID: 'identities',
    POWERTOOLS_SERVICE_NAME: 'backend',
    COGNITO_IDP_URL: 'https://cognito-idp.eu-west-1.amazonaws.com',
    COGNITO_IDENTITY_URL: 'https://cognito-identity.eu-west-1.amazonaws.com',
    BUSINESS_TYPE: defaultOf('BusinessType'),
    EVENT_BUS_NAME: 'bus',
    DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters',
    ACTIVE_WORKFLOW_PARAMETER: '/happy-path/dev/backend/active-workflow',
    INITIAL_WORKFLOW: defaultOf('InitialWorkflow'),
    MAX_UPLOAD_BYTES: defaultOf('MaxUploadBytes'),
    MIN_SIDE_PX: defaultOf('MinSidePx'),
    MAX_PIXELS: defaultOf('MaxPixels'),
    DAILY_UPLOAD_QUOTA: defaultOf('DailyUploadQuota'),
    DAILY_PLACE_QUOTA: defaultOf('DailyPlaceQuota'),
  });
}

export const { request, sampleOf } = functionsOf('backend');

/** Inputs of the calls to AWS that the handlers made since {@link arrangeSuccess} or {@link forgetCalls}. */
export const callsToAws = () => Object.values(aws).flatMap((client) => client.calls().map(({ args }) => args[0].input));

export function forgetCalls(): void {
  for (const client of Object.values(aws)) client.resetHistory();
}

const place = JSON.parse(sampleOf('postLocations').body ?? '');
const photoId = String(sampleOf('getImage').pathParameters?.['photoId']);
const placeId = String(sampleOf('getLocation').pathParameters?.['placeId']);
const owner = String(at(sampleOf('getImage'), 'requestContext.authorizer.jwt.claims.sub'));
const createdAt = '2026-06-14T09:40:08.112Z';
const resized = at(JSON.parse(read('events/invoke/workflow-v1/publish-photo.json')), 'resized');

export const storedPhoto: PhotoRecord = {
  photoId,
  placeId,
  owner,
  objStatus: 'REJECTED',
  contentType: 'image/jpeg',
  size: 4_213_987,
  correlationId: 'b7e1c2f4-3a5d-4e69-8c17-0d9f6a2b5e84',
  createdAt,
  updatedAt: createdAt,
  reason: 'IMAGE_TOO_SMALL',
  reasonDetail: 'Choose a larger photo.',
};
const { outcome: _, ...facts } = isRecord(resized) ? resized : {};
const publishedPhoto = { photoId, placeId, createdAt, owner, ...facts } as unknown as PublishedPhoto;

/** The row that reads of a single place find; undefined for none. */
export function arrangePlace(row: object | undefined): void {
  aws.dynamo.on(GetCommand).callsFake(({ Key }) => {
    const found = Key.SK === 'listing' ? row : storedPhoto;
    return found === undefined ? {} : { Item: { ...Key, ...found } };
  });
}

/** What a transaction that counts against a quota may fail on, in the order of its writes. */
const quotaConditions = ['quota', 'account', 'put'] as const;

/** Transactions are refused because these conditions do not hold. */
export function arrangeRefusal(...failed: (typeof quotaConditions)[number][]): void {
  const CancellationReasons = quotaConditions.map((condition) => ({
    Code: failed.includes(condition) ? 'ConditionalCheckFailed' : 'None',
  }));
  aws.dynamo
    .on(TransactWriteCommand)
    .rejects(new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons }));
}

/** The places that lie about; all other lists have two pages of one item. */
export function arrangeLists(places: readonly { readonly lat: number; readonly lng: number }[]): void {
  aws.dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues, ExclusiveStartKey }: QueryCommandInput) => {
    const geohash = ExpressionAttributeValues?.[':geohash'];
    if (geohash) return { Items: places.filter(({ lat, lng }) => ngeohash.encode(lat, lng, 9).startsWith(geohash)) };
    if (ExpressionAttributeValues?.[':quota']) return { Items: [{ PK: `quota#${owner}`, SK: '2026-06-14#uploads' }] };
    const isPhotosOfPlace = ExpressionAttributeValues?.[':place'] !== undefined;
    const Items = [isPhotosOfPlace ? publishedPhoto : storedPhoto];
    if (ExclusiveStartKey) return { Items };
    const LastEvaluatedKey = { SK: `photo#${createdAt}#${photoId}`, GSI1SK: `${createdAt}#${photoId}` };
    return { Items, LastEvaluatedKey };
  });
}

/** Every call to AWS succeeds and finds what the samples ask for. Lists have more than one page. */
export function arrangeSuccess(): void {
  for (const client of Object.values(aws)) client.reset();
  aws.dynamo.resolves({});
  arrangePlace({ placeId, ...place });
  aws.dynamo.on(UpdateCommand).resolves({ Attributes: storedPhoto });
  arrangeLists(nearbyPlaces);
  aws.s3.resolves({});
  aws.cognito.resolves({});
  aws.iot.resolves({ endpointAddress: 'a1b2c3-ats.iot.eu-west-1.amazonaws.com' });
  aws.iotData.resolves({});
  aws.ssm.resolves({ Parameter: { Value: 'workflow-v1' } });
  aws.ssm
    .on(GetParameterCommand, { Name: '/happy-path/dev/reviews/api-url' })
    .resolves({ Parameter: { Value: 'https://r7q2m5d8xk.execute-api.eu-west-1.amazonaws.com' } });
  aws.eventBridge.resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'event' }] });
}

/** One every hundred metres to the north: more of them than a page holds, and further away than one looks by default. */
const nearbyPlaces = Array.from({ length: 60 }, (_, index) => ({
  ...place,
  placeId: `place-${index}`,
  lat: place.lat + index * 0.0009,
}));
