import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { runningInstance } from '../local/src/engine.ts';
import { poll } from '../local/src/poll.ts';
import { Visitor } from '../local/src/visitor.ts';
import { reviewKey } from '../services/reviews/src/adapters/dynamo-review-store.ts';
import type { Review } from '../services/reviews/src/domain/review.ts';
import { type OpenApi, openApiOf } from './contract/open-api.ts';
import { CheckedVisitor } from './e2e/checked-visitor.ts';
import { documents, published, site } from './engine-fixture.ts';

const api = openApiOf('reviews');
export const reviewsUrl = await published('reviews/api-url');
export const reviewsTable = await published('reviews/table-name');

/** Someone who calls the reviews' API, whose every answer must be what its openapi.yaml says. */
export class Reviewer extends CheckedVisitor {
  static override async signUp(): Promise<Reviewer> {
    const { token } = await Visitor.signUp(site);
    return new Reviewer(site, token);
  }

  protected override get apiUrl(): string {
    return reviewsUrl;
  }

  protected override get api(): OpenApi {
    return api;
  }

  /** Posts a review. @returns its id */
  async review(text: string, given: object = {}): Promise<string> {
    const { status, body } = await this.post('/reviews', { subject: newSubject(), rating: 3, text, ...given });
    if (status !== 201) throw new Error(`The review was not taken: ${status} ${JSON.stringify(body)}`);
    return body.reviewId;
  }
}

/** Something that nobody else's reviews are about. */
export const newSubject = () => `subject-${randomUUID()}`;

/** A review's row as it is stored now. */
export async function readReview(reviewId: string): Promise<Review | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: reviewsTable, Key: reviewKey(reviewId), ConsistentRead: true }),
  );
  return Item as Review | undefined;
}

/** Waits until a review is as it should be. @returns it */
export function reviewThat(
  reviewId: string,
  what: string,
  isSo: (review: Review) => boolean,
  timeoutMs = 30_000,
): Promise<Review> {
  return poll(`review ${reviewId} to be ${what}`, timeoutMs, async () => {
    const review = await readReview(reviewId);
    return review !== undefined && isSo(review) ? review : undefined;
  });
}

/** Waits until both steps have done with a review. */
export const settled = (reviewId: string, timeoutMs?: number): Promise<Review> =>
  reviewThat(
    reviewId,
    'translated and scored',
    ({ translationStatus, sentimentStatus }) => translationStatus !== 'PENDING' && sentimentStatus !== 'PENDING',
    timeoutMs,
  );

const { region, endpoint, credentials } = site;
const config = { region, endpoint, credentials };
const { aiEndpoint } = await runningInstance('test');

/** An answer that the local language services are to give for texts with a marker; local/ai/README.md has its members. */
export interface TextAnswer {
  readonly fault?: string;
  readonly times?: number;
  readonly operation?: 'DetectDominantLanguage' | 'DetectSentiment' | 'TranslateText';
  readonly language?: string;
  readonly sentiment?: 'POSITIVE' | 'NEGATIVE' | 'NEUTRAL' | 'MIXED';
  readonly translatedText?: string;
}

/** @returns a word: texts that contain it are answered as this script says */
export async function scriptText(answers: readonly TextAnswer[]): Promise<string> {
  const marker = `m${randomUUID().replaceAll('-', '')}`;
  const response = await fetch(`${aiEndpoint}/_local/texts/${marker}`, {
    method: 'PUT',
    body: JSON.stringify({ answers }),
  });
  if (!response.ok) throw new Error(`The language services take no script: ${await response.text()}`);
  return marker;
}

/** How often each operation was asked about texts with this marker. */
export async function timesAskedAbout(marker: string): Promise<Record<string, number>> {
  const response = await fetch(`${aiEndpoint}/_local/texts/${marker}`);
  return ((await response.json()) as { asked: Record<string, number> }).asked;
}

const sqs = new SQSClient(config);

/** Listens to the mails that managers get, from now on. */
export async function openMailbox(): Promise<{ mails: () => Promise<readonly Mail[]> }> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `mailbox-${randomUUID()}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Attributes?.['QueueArn'] };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await new SNSClient(config).send(
    new SubscribeCommand({
      TopicArn: await published('reviews/alerts-topic-arn'),
      Protocol: 'sqs',
      Endpoint: Attributes?.['QueueArn'],
    }),
  );
  const received: Mail[] = [];
  return {
    async mails() {
      for (;;) {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        if (Messages.length === 0) return received;
        for (const { Body = '', ReceiptHandle } of Messages) {
          const { Subject, Message } = JSON.parse(Body);
          received.push({ subject: Subject, message: Message });
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
    },
  };
}

export interface Mail {
  readonly subject: string;
  readonly message: string;
}

/** The mails that tell of a review. */
export const about = (reviewId: string, mails: readonly Mail[]) =>
  mails.filter(({ message }) => message.includes(`#review-${reviewId}`));

const logs = new CloudWatchLogsClient(config);

/** What a function of the service has logged about a review. */
export async function logged(name: string, reviewId: string): Promise<Record<string, unknown>[]> {
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({
      logGroupName: `/aws/lambda/happy-path-local-reviews-${name}`,
      filterPattern: `"${reviewId}"`,
    }),
  );
  return events.flatMap(({ message = '' }) => (message.includes(reviewId) ? [JSON.parse(message)] : []));
}
