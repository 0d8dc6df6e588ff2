import { expect, test } from 'vitest';
import { clientConfig } from '../../local/src/clients.ts';
import { runningInstance } from '../../local/src/engine.ts';
import { reconcile } from '../../local/src/reconcile.ts';
import { Stacks } from '../../local/src/stacks.ts';
import { site } from '../engine-fixture.ts';
import { Reviewer, readReview, reviewsUrl, reviewThat, scriptText, settled } from '../reviews-fixture.ts';

/** Each step of the reviews is switched off and on again by its parameter, and nothing else changes. */

const stackName = 'happy-path-local-reviews';
const instance = await runningInstance('test');
const stacks = new Stacks(clientConfig(instance));

/** As `sam deploy --parameter-overrides` does it. */
async function set(parameter: string, value: 'true' | 'false'): Promise<void> {
  const stack = await stacks.find(stackName);
  if (!stack) throw new Error(`There is no stack ${stackName}`);
  await stacks.changeParameters(stack, { [parameter]: value });
  await reconcile(instance, stacks, stackName);
}

const resources = async () => new Map(Object.entries(await stacks.resources(stackName)));

/** Switches a step off, sees what is gone and what works, and switches it on again. */
async function without(parameter: string, own: RegExp, work: () => Promise<void>): Promise<void> {
  const before = await resources();
  const others = [...before].filter(([id]) => !own.test(id));
  await set(parameter, 'false');
  try {
    expect([...(await resources())]).toEqual(others);
    await work();
  } finally {
    await set(parameter, 'true');
  }
  const after = await resources();
  expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
  for (const [id, resource] of others) expect(after.get(id)).toEqual(resource);
}

test('without step 1 reviews are scored as they are, and translated once it is back', async () => {
  const author = await Reviewer.signUp();
  const es = await scriptText([{ language: 'es' }, { sentiment: 'POSITIVE' }, { translatedText: 'Good.' }]);
  const ca = await scriptText([{ language: 'ca' }]);
  let spanish = '';
  await without('TranslateReviews', /^OnReviewToTranslate/, async () => {
    spanish = await author.review(`Bien ${es}`);
    const catalan = await author.review(`Bé ${ca}`);
    const isScored = ({ sentimentStatus }: { sentimentStatus: string }) => sentimentStatus !== 'PENDING';
    expect(await reviewThat(spanish, 'scored', isScored)).toMatchObject({ sentiment: 'POSITIVE' });
    expect(await reviewThat(catalan, 'given up', isScored)).toMatchObject({ sentimentStatus: 'UNSUPPORTED_LANGUAGE' });
    expect(await readReview(spanish)).toMatchObject({ translationStatus: 'PENDING' });
  });
  // The stream still has what was posted meanwhile.
  expect(await settled(spanish)).toMatchObject({ translationStatus: 'TRANSLATED', translatedText: 'Good.' });
}, 120_000);

test('without step 2 reviews are translated, and nobody is told', async () => {
  const author = await Reviewer.signUp();
  const marker = await scriptText([{ language: 'es' }, { translatedText: 'Bad.' }, { sentiment: 'NEGATIVE' }]);
  let id = '';
  await without('ScoreReviews', /^(OnReviewToScore|OnAlertBatch|Alert(Queue|DeadLetterQueue))/, async () => {
    id = await author.review(`Mal ${marker}`);
    const isTranslated = ({ translationStatus }: { translationStatus: string }) => translationStatus === 'TRANSLATED';
    expect(await reviewThat(id, 'translated', isTranslated)).toMatchObject({ sentimentStatus: 'PENDING' });
  });
  // Reads the stream from its beginning, with all that was posted by then.
  expect(await reviewThat(id, 'told of', ({ alertedAt }) => alertedAt !== undefined, 90_000)).toMatchObject({
    sentiment: 'NEGATIVE',
  });
}, 180_000);

test('without step 3 no picture is taken, and all else works', async () => {
  const author = await Reviewer.signUp();
  const mediaOf = (id: string) =>
    site.fetch(`${reviewsUrl}/reviews/${id}/media?contentType=image/png&contentLength=9`, {
      headers: { authorization: `Bearer ${author.token}` },
    });
  let id = '';
  await without('IllustrateReviews', /^(GetReviewMedia|OnMediaUpload|MediaBucketPermission)/, async () => {
    id = await author.review('No pictures, please.');
    expect((await mediaOf(id)).status).toBe(404);
    expect(await settled(id)).toMatchObject({ sentimentStatus: 'SCORED' });
    expect(await author.get(`/reviews/${id}`)).toMatchObject({ status: 200, body: { media: [] } });
  });
  expect((await mediaOf(id)).status).toBe(200);
}, 120_000);
