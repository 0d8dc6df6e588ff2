import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import type { Review } from '../../services/reviews/src/domain/review.ts';
import { at } from '../template/json.ts';
import { parseTemplate } from '../template/sam-template.ts';
import { functionsOf } from './functions.ts';

const path = 'services/reviews/template.yaml';
export const template = parseTemplate(path, readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));
const defaultOf = (parameter: string) => String(at(template.body, `Parameters.${parameter}.Default`));

/** The clients of the functions behind the API: no call leaves the process. Powertools has one of its own. */
export const aws = {
  dynamo: mockClient(DynamoDBDocumentClient),
  powertools: mockClient(DynamoDBClient),
  s3: mockClient(S3Client),
};

export function setEnvironment(): void {
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_LAMBDA_FUNCTION_NAME: 'post-reviews',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
    POWERTOOLS_SERVICE_NAME: 'reviews',
    TABLE_NAME: 'table',
    IDEMPOTENCY_TABLE_NAME: 'idempotency',
    DAILY_REVIEW_QUOTA: defaultOf('DailyReviewQuota'),
    DAILY_PICTURE_QUOTA: defaultOf('DailyPictureQuota'),
    MEDIA_BUCKET: 'media',
    DISTRIBUTION_BUCKET: 'distribution',
    MAX_UPLOAD_BYTES: defaultOf('MaxUploadBytes'),
    MANAGERS_GROUP: defaultOf('ManagersGroup'),
  });
}

export const { request, sampleOf } = functionsOf('reviews');

export const callsToAws = () => Object.values(aws).flatMap((client) => client.calls().map(({ args }) => args[0].input));

export function forgetCalls(): void {
  for (const client of Object.values(aws)) client.resetHistory();
}

const reviewId = String(sampleOf('getReview').pathParameters?.['reviewId']);
const author = String(at(sampleOf('postReviews'), 'requestContext.authorizer.jwt.claims.sub'));

export const storedReview: Review = {
  reviewId,
  ...JSON.parse(sampleOf('postReviews').body ?? ''),
  author,
  createdAt: '2026-06-14T10:02:11.420Z',
  correlationId: 'b7e1c2f4-3a5d-4e69-8c17-0d9f6a2b5e84',
  language: 'es',
  languageScore: 0.98,
  translatedText: 'The baths were dirty and the water of the fountain did not work.',
  translationStatus: 'TRANSLATED',
  sentiment: 'NEGATIVE',
  sentimentScore: 0.93,
  sentimentStatus: 'SCORED',
  negativeSince: '2026-06-14T10:02:13.051Z',
  alertStatus: 'ALERTED',
  alertedAt: '2026-06-14T10:03:14.260Z',
  media: {
    ['a'.repeat(32)]: {
      status: 'PUBLISHED',
      createdAt: '2026-06-14T10:03:00.000Z',
      correlationId: 'b7e1c2f4',
      width: 3024,
      height: 4032,
      renditions: [
        {
          kind: 'tile',
          type: 'image/webp',
          key: `reviews/${reviewId}/${'a'.repeat(32)}/tile.webp`,
          width: 400,
          height: 400,
          bytes: 29_876,
        },
      ],
    },
    ['b'.repeat(32)]: {
      status: 'REJECTED',
      createdAt: '2026-06-14T10:04:00.000Z',
      correlationId: 'b7e1c2f4',
      reason: 'IMAGE_TOO_SMALL',
      reasonDetail: 'Choose a larger photo.',
    },
    ['c'.repeat(32)]: { status: 'PENDING', createdAt: '2999-06-14T10:05:00.000Z', correlationId: 'b7e1c2f4' },
  },
};

/** The conditions of the transaction that posts a review, or adds a picture, in the order of its writes. */
const postConditions = ['quota', 'account', 'put'] as const;

/** Transactions are refused because these conditions do not hold. */
export function arrangeRefusal(...failed: (typeof postConditions)[number][]): void {
  const CancellationReasons = postConditions.map((condition) => ({
    Code: failed.includes(condition) ? 'ConditionalCheckFailed' : 'None',
  }));
  aws.dynamo
    .on(TransactWriteCommand)
    .rejects(new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons }));
}

export function arrangeSuccess(): void {
  for (const client of Object.values(aws)) client.reset();
  for (const client of Object.values(aws)) client.resolves({});
  aws.dynamo.on(GetCommand).resolves({ Item: storedReview });
  aws.dynamo.on(QueryCommand).callsFake(({ ExclusiveStartKey }: QueryCommandInput) => {
    const Items = [storedReview];
    if (ExclusiveStartKey) return { Items };
    return { Items, LastEvaluatedKey: { position: `${storedReview.createdAt}#${reviewId}` } };
  });
}
