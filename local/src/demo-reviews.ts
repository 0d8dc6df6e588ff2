import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { sampleReviews } from '../../samples/reviews.ts';
import { reviewKey } from '../../services/reviews/src/adapters/dynamo-review-store.ts';
import { isOpen, type Review } from '../../services/reviews/src/domain/review.ts';
import { translationAdvice } from './ai.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import { type Mail, readMail } from './mail.ts';
import { poll } from './poll.ts';
import { step } from './progress.ts';
import { underlined } from './table.ts';
import { localTarget } from './target.ts';
import { Visitor } from './visitor.ts';

const readMs = 180_000;

/** Someone who writes reviews: their API has an address of its own, which the page, too, learns from its configuration. */
class Reviewer extends Visitor {
  #address = '';

  static async of({ site, token }: Visitor): Promise<Reviewer> {
    const { body } = await new Visitor(site).get('/config');
    if (!body.reviewsUrl) throw new Failure('GET /config does not say where the reviews are.');
    const reviewer = new Reviewer(site, token);
    reviewer.#address = body.reviewsUrl;
    return reviewer;
  }

  protected override get apiUrl(): string {
    return this.#address;
  }
}

/**
 * Posts reviews in several languages, and prints what became of them.
 *
 * @param placeIds by name
 * @returns whether a manager was told of each negative one, in one mail
 */
export async function demoReviews(
  instance: Instance,
  visitor: Visitor,
  placeIds: ReadonlyMap<string, string>,
): Promise<boolean> {
  const ids = await step(
    'post reviews',
    () => postReviews(visitor, placeIds),
    ({ length }) => `${length}`,
  );
  const reviews = await step('have them translated, scored and told of', () => readReviews(instance, ids));
  const mails = await readMail(instance);
  console.log(`\n${reviewLines(reviews, mails).join('\n')}\n`);
  return reviews.every((review) => mailsAbout(review, mails) === (review.negativeSince ? 1 : 0));
}

async function postReviews(visitor: Visitor, placeIds: ReadonlyMap<string, string>): Promise<string[]> {
  const reviewer = await Reviewer.of(visitor);
  return Promise.all(
    sampleReviews.map(async ({ place, rating, text }) => {
      const review = { subject: placeIds.get(place), rating, text };
      const { status, body } = await reviewer.post('/reviews', review, { 'idempotency-key': randomUUID() });
      if (status !== 201) throw new Failure(`A review was not taken: ${status} ${JSON.stringify(body)}`);
      return body.reviewId;
    }),
  );
}

/** Waits until every step has done with the reviews. */
async function readReviews(instance: Instance, ids: readonly string[]): Promise<Review[]> {
  const { config, stage } = localTarget(instance);
  const name = { Name: `/happy-path/${stage}/reviews/table-name` };
  const { Parameter } = await new SSMClient(config).send(new GetParameterCommand(name));
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  return Promise.all(
    ids.map((reviewId) =>
      poll(`review ${reviewId} to be translated and scored`, readMs, async () => {
        const { Item } = await documents.send(
          new GetCommand({ TableName: Parameter?.Value, Key: reviewKey(reviewId), ConsistentRead: true }),
        );
        return Item && isDone(Item as Review) ? (Item as Review) : undefined;
      }),
    ),
  );
}

const isDone = ({ translationStatus, sentimentStatus, negativeSince, alertedAt }: Review) =>
  !isOpen(translationStatus) && !isOpen(sentimentStatus) && (negativeSince === undefined || alertedAt !== undefined);

const mailsAbout = ({ reviewId }: Review, mails: readonly Mail[]) =>
  mails.filter(({ body }) => body.includes(reviewId)).length;

const width = 76;
const cut = (text: string) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

function reviewLines(reviews: readonly Review[], mails: readonly Mail[]): string[] {
  const rows = reviews.flatMap((review) => {
    const { rating, text, translatedText, translationStatus, negativeSince } = review;
    return [
      [
        `${rating}`,
        languageOf(review),
        sentimentOf(review),
        negativeSince ? `sent${mailsAbout(review, mails) === 1 ? '' : ' ?'}` : 'no',
        cut(text),
      ],
      ...(translatedText ? [['', '', '', '', `→ ${cut(translatedText)}`]] : []),
      ...(translationStatus === 'UNSUPPORTED_PAIR' ? [['', '', '', '', '→ not translated: no such pair here']] : []),
    ];
  });
  const advice = reviews.some(({ translationStatus }) => translationStatus === 'UNSUPPORTED_PAIR')
    ? translationAdvice()
    : undefined;
  return [
    underlined([['stars', 'language', 'sentiment', 'alert', 'review'], ...rows]),
    ...(advice ? ['', advice] : []),
  ];
}

const languageOf = ({ language, languageScore }: Review) =>
  `${language ?? '?'}${languageScore === undefined ? '' : ` ${languageScore.toFixed(2)}`}`;
const sentimentOf = ({ sentiment, sentimentScore }: Review) =>
  sentiment === undefined ? 'not scored' : `${sentiment.toLowerCase()} ${(sentimentScore ?? 0).toFixed(2)}`;
