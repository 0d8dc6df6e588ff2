import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { ListObjectsV2Command, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { Visitor } from '../../local/src/visitor.ts';
import { distributionBucket, physicalId, published, s3, site } from '../engine-fixture.ts';
import { newSubject, Reviewer, readReview, reviewThat, scriptText, settled } from '../reviews-fixture.ts';

const sample = (name: string) => readFileSync(join(import.meta.dirname, '../../samples/photos', name));
const photo = sample('cafe-cat.webp');
const damaged = sample('bar-wine.jpg').subarray(0, 5000);
const mediaBucket = await physicalId('reviews', 'MediaBucket');

let author: Reviewer;
const visitor = new Reviewer(site);

beforeAll(async () => {
  author = await Reviewer.signUp();
});

const ticketFor = (id: string, contentType: string, size: number, who: Reviewer = author) =>
  who.get(`/reviews/${id}/media?contentType=${contentType}&contentLength=${size}`);

/** Uploads a picture. @returns its id */
async function upload(reviewId: string, contentType: string, picture: Buffer): Promise<string> {
  const { status, body } = await ticketFor(reviewId, contentType, picture.length);
  if (status !== 200) throw new Error(`No upload URL: ${status} ${JSON.stringify(body)}`);
  expect(await author.put(body, picture)).toBe(200);
  return body.mediaId;
}

/** Waits for what a picture came to. */
const outcomeOf = (reviewId: string, mediaId: string) =>
  poll(`picture ${mediaId}`, 30_000, async () => {
    const { body } = await visitor.get(`/reviews/${reviewId}`);
    const picture = body.media.find((each: { mediaId: string }) => each.mediaId === mediaId);
    return picture.status === 'PENDING' ? undefined : picture;
  });

const keysIn = async (reviewId: string) => {
  const [originals, renditions] = await Promise.all([
    s3.send(new ListObjectVersionsCommand({ Bucket: mediaBucket, Prefix: `media/${reviewId}/` })),
    s3.send(new ListObjectsV2Command({ Bucket: distributionBucket, Prefix: `reviews/${reviewId}/` })),
  ]);
  return [...(originals.Versions ?? []), ...(renditions.Contents ?? [])].map(({ Key }) => Key);
};

describe('a picture', () => {
  test('is shown with its review, made small and served by the site', async () => {
    const id = await author.review('With a cat.');
    const mediaId = await upload(id, 'image/webp', photo);
    const picture = await outcomeOf(id, mediaId);
    expect(picture).toMatchObject({ status: 'PUBLISHED', width: expect.any(Number) });
    expect(picture.renditions).toHaveLength(4);
    for (const { url, type, bytes } of picture.renditions) {
      const response = await site.fetch(site.siteUrl + url);
      expect(response.headers.get('content-type')).toBe(type);
      expect((await response.arrayBuffer()).byteLength).toBe(bytes);
    }
    const { subject } = (await visitor.get(`/reviews/${id}`)).body;
    expect((await visitor.get(`/reviews?subject=${subject}`)).body.reviews[0].media).toEqual([picture]);
  });

  test('that is damaged is refused, in words for its author, and its original is removed', async () => {
    const id = await author.review('With a broken picture.');
    const mediaId = await upload(id, 'image/jpeg', damaged);
    expect(await outcomeOf(id, mediaId)).toEqual({
      mediaId,
      status: 'REJECTED',
      reason: 'UNREADABLE_IMAGE',
      reasonDetail: expect.stringMatching(/damaged/),
    });
    await poll('the original to be gone', 10_000, async () => ((await keysIn(id)).length === 0 ? true : undefined));
  });

  test('that is no picture is refused, whatever it says it is', async () => {
    const id = await author.review('With a script.');
    const mediaId = await upload(id, 'image/png', Buffer.from('<svg onload="alert(1)"/>'));
    expect(await outcomeOf(id, mediaId)).toMatchObject({ status: 'REJECTED', reason: 'UNSUPPORTED_TYPE' });
  });

  test.each<[string, Record<string, string>, Buffer]>([
    ['another type', { 'content-type': 'image/png' }, photo],
    ['another size', {}, Buffer.concat([photo, Buffer.from('x')])],
    ['another correlation id', { 'x-amz-meta-correlation-id': 'somebody-elses' }, photo],
  ])('uploaded with %s is refused by the bucket', async (_, change, body) => {
    const id = await author.review('Against the rules.');
    const { body: ticket } = await ticketFor(id, 'image/webp', photo.length);
    expect(await author.put({ ...ticket, requiredHeaders: { ...ticket.requiredHeaders, ...change } }, body)).toBe(403);
    expect(await keysIn(id)).toEqual([]);
  });

  test('is for the review’s author to add, and nobody else', async () => {
    const id = await author.review('Mine.');
    const other = await Reviewer.signUp();
    expect(await ticketFor(id, 'image/webp', 10, other)).toMatchObject({ status: 404 });
    expect(await ticketFor(id, 'image/webp', 10, visitor)).toMatchObject({ status: 401 });
    expect(await ticketFor(id, 'image/gif', 10)).toMatchObject({ status: 400 });
    expect(await ticketFor(id, 'image/webp', 20_971_521)).toMatchObject({ status: 400 });
  });

  test('has one of five places, also when all are asked for at the same time', async () => {
    const id = await author.review('Many pictures.');
    const answers = await Promise.all(Array.from({ length: 6 }, () => ticketFor(id, 'image/webp', 10)));
    const taken = answers.filter(({ status }) => status === 200).length;
    const rest = await Promise.all(Array.from({ length: 5 - taken }, () => ticketFor(id, 'image/webp', 10)));
    expect(rest.every(({ status }) => status === 200)).toBe(true);
    expect(await ticketFor(id, 'image/webp', 10)).toMatchObject({ status: 409 });
    expect(Object.keys((await readReview(id))?.media ?? {})).toHaveLength(5);
  });
});

describe('removing a review', () => {
  test('takes its text, its pictures and its place in the list with it', async () => {
    const subject = newSubject();
    const id = await author.review('Soon gone.', { subject });
    await outcomeOf(id, await upload(id, 'image/webp', photo));
    expect((await keysIn(id)).length).toBeGreaterThan(1);
    expect(await author.delete(`/reviews/${id}`)).toMatchObject({ status: 204 });
    expect(await keysIn(id)).toEqual([]);
    expect(await visitor.get(`/reviews/${id}`)).toMatchObject({ status: 404 });
    expect((await visitor.get(`/reviews?subject=${subject}`)).body.reviews).toEqual([]);
    expect(await author.delete(`/reviews/${id}`)).toMatchObject({ status: 404 });
  });

  test('is for its author alone', async () => {
    const id = await author.review('Mine to remove.');
    const other = await Reviewer.signUp();
    expect(await other.delete(`/reviews/${id}`)).toMatchObject({ status: 404 });
    expect(await visitor.delete(`/reviews/${id}`)).toMatchObject({ status: 401 });
    expect(await readReview(id)).toBeDefined();
  });

  test('takes a picture back that is uploaded afterwards', async () => {
    const id = await author.review('Too late.');
    const { body: ticket } = await ticketFor(id, 'image/webp', photo.length);
    await author.delete(`/reviews/${id}`);
    expect(await author.put(ticket, photo)).toBe(200);
    await poll('the picture to be gone', 15_000, async () => ((await keysIn(id)).length === 0 ? true : undefined));
  });
});

test('a deleted account takes its reviews with it, and posts no more', async () => {
  const leaver = await Reviewer.signUp();
  const ids = await Promise.all(['One', 'Two', 'Three'].map((text) => leaver.review(text)));
  const staying = await author.review('Still here.');
  expect((await new Visitor(site, leaver.token).delete('/me')).status).toBeLessThan(300);
  await poll('the reviews to be gone', 30_000, async () => {
    const left = await Promise.all(ids.map(readReview));
    return left.every((review) => review === undefined) ? true : undefined;
  });
  expect(await leaver.post('/reviews', { subject: 'a', rating: 1, text: 'Again' })).toMatchObject({ status: 403 });
  expect(await readReview(staying)).toBeDefined();
});

describe('negative reviews', () => {
  const cognito = new CognitoIdentityProviderClient(site.clientConfig);

  async function manager(): Promise<Reviewer> {
    const ClientId = await published('backend/user-pool-client-id');
    const UserPoolId = await published('backend/user-pool-id');
    const Username = `manager-${randomUUID()}@example.com`;
    const Password = `pass-${randomUUID()}`;
    await cognito.send(new SignUpCommand({ ClientId, Username, Password }));
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: '123456' }));
    await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: 'managers' }));
    const AuthParameters = { USERNAME: Username, PASSWORD: Password };
    const { AuthenticationResult } = await cognito.send(
      new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters }),
    );
    return new Reviewer(site, AuthenticationResult?.AccessToken);
  }

  test('are listed for managers, newest first, and for nobody else', async () => {
    const [bad, good] = await Promise.all([
      scriptText([{ language: 'en' }, { sentiment: 'NEGATIVE' }]),
      scriptText([{ language: 'en' }, { sentiment: 'POSITIVE' }]),
    ]);
    const first = await author.review(`Bad ${bad}`);
    const second = await author.review(`Worse ${bad}`);
    const liked = await author.review(`Good ${good}`);
    await Promise.all([
      ...[first, second].map((id) => reviewThat(id, 'told of', ({ alertedAt }) => alertedAt !== undefined)),
      settled(liked),
    ]);
    const { status, body } = await (await manager()).get('/negative-reviews?limit=50');
    expect(status).toBe(200);
    const ids: string[] = body.reviews.map(({ reviewId }: { reviewId: string }) => reviewId);
    expect(ids.filter((id) => [first, second, liked].includes(id))).toEqual([second, first]);
    expect(body.reviews[0]).toMatchObject({ negativeSince: expect.any(String) });

    expect(await author.get('/negative-reviews')).toMatchObject({ status: 403 });
    expect(await visitor.get('/negative-reviews')).toMatchObject({ status: 401 });
  });
});

test('the page is told where the reviews are', async () => {
  const { body } = await new Visitor(site).get('/config');
  expect(body.reviewsUrl).toBe(await published('reviews/api-url'));
});
