import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
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
