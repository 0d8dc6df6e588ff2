import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from 'vitest';
import { drawTestCard, readTestCard } from '../../local/ai/src/test-card.ts';
import { poll } from '../../local/src/poll.ts';
import { Visitor } from '../../local/src/visitor.ts';
import { distributionBucket, photosAt, readPhoto, s3, site, uploadBucket } from '../engine-fixture.ts';
import { ended, uploadFor } from '../stamped-photos.ts';
import { type Answer, scriptCard, timesAsked } from '../test-cards.ts';

const accepted: Answer = { moderationLabels: [] };
const explicit: Answer = { moderationLabels: [{ Name: 'Explicit', ParentName: '', Confidence: 97, TaxonomyLevel: 1 }] };
/** A label that `RefusedContent` does not name. */
const swimwear: Answer = {
  moderationLabels: [{ Name: 'Swimwear or Underwear', ParentName: '', Confidence: 97, TaxonomyLevel: 1 }],
};
const person: Answer = {
  labels: [{ Name: 'Person', Confidence: 93, Instances: [], Parents: [], Aliases: [], Categories: [] }],
};

let visitor: Visitor;
beforeAll(async () => {
  visitor = await Visitor.signUp(site);
});

async function newPlace(type: string): Promise<string> {
  return (await visitor.post('/locations', { name: 'Place', type, lat: 41.3, lng: 2.1, address: 'Somewhere' })).body
    .placeId;
}

/** A photo for which the moderator answers as the script says, taken through a workflow to its end. */
async function moderated(answers: Answer[], { workflow = 'workflow-v2', type = 'park' } = {}) {
  const placeId = await newPlace(type);
  const card = await scriptCard(answers);
  const { ID } = await uploadFor(workflow, placeId, await drawTestCard(card));
  return { row: await ended(ID), card, visible: await photosAt(placeId) };
}

test.concurrent.each(['workflow-v2', 'workflow-v3', 'workflow-v4'])(
  '%s refuses what is not shown here',
  async (workflow) => {
    const { row, visible } = await moderated([explicit], { workflow });
    expect(row).toMatchObject({ objStatus: 'REJECTED', reason: 'FAILED_MODERATION' });
    expect(row.reasonDetail).toContain('explicit');
    expect(visible).toEqual([]);
  },
);

test.concurrent('publishes what the moderator has a label for that is not refused', async () => {
  const { row, visible } = await moderated([swimwear]);
  expect(row).toMatchObject({ objStatus: 'PROCESSED' });
  expect(visible).toHaveLength(1);
});

test.concurrent('a restaurant is shown without people, a park with them', async () => {
  const restaurant = await moderated([person], { workflow: 'workflow-v4', type: 'restaurant' });
  expect(restaurant.row).toMatchObject({ objStatus: 'REJECTED', reason: 'NO_PEOPLE_ALLOWED' });
  expect(restaurant.visible).toEqual([]);
  const park = await moderated([accepted], { workflow: 'workflow-v4' });
  expect(park.row).toMatchObject({ objStatus: 'PROCESSED' });
});

test.concurrent('a café takes no photos yet, and its uploader is told where to go', async () => {
  const { row, card } = await moderated([accepted], { workflow: 'workflow-v4', type: 'cafe' });
  expect(row).toMatchObject({ objStatus: 'REJECTED', reason: 'UNSUPPORTED_PLACE_TYPE' });
  expect(row.reasonDetail).toBe('Places like this one (cafe) take no photos yet. Choose a park or a restaurant.');
  expect(await timesAsked(card)).toBe(0);
});

test.concurrent('a throttled moderator is asked again until it answers', async () => {
  const throttled: Answer = { fault: 'ThrottlingException' };
  const { row, card } = await moderated([throttled, throttled, throttled, throttled, accepted]);
  expect(row).toMatchObject({ objStatus: 'PROCESSED' });
  expect(await timesAsked(card)).toBe(5);
});

test.concurrent('a moderator that does not answer is hung up on, and asked again', async () => {
  const { row, card } = await moderated([{ fault: 'timeout' }, accepted]);
  expect(row).toMatchObject({ objStatus: 'PROCESSED' });
  expect(await timesAsked(card)).toBe(2);
});

test.concurrent.each(['ThrottlingException', 'InternalServerError'] as const)(
  'a moderator that answers %s for good fails the photo, which is never published and can be redriven',
  async (fault) => {
    const { row, card, visible } = await moderated([{ fault }]);
    expect(row).toMatchObject({ objStatus: 'FAILED', reason: 'SYSTEM_FAULT', fault: expect.stringContaining(fault) });
    expect(row).not.toHaveProperty('GSI2PK');
    expect(visible).toEqual([]);
    // Twelve times by the machine, each with one more try of the function's own.
    expect(await timesAsked(card)).toBe(24);
  },
);

test.concurrent('what was moderated is what is published, whatever becomes of the object meanwhile', async () => {
  const [judged, other] = await Promise.all([scriptCard([{ ...accepted, delayMs: 1_500 }]), scriptCard([explicit])]);
  const placeId = await newPlace('park');
  const photo = await uploadFor('workflow-v2', placeId, await drawTestCard(judged));
  await poll('the moderator to be asked', 20_000, async () => ((await timesAsked(judged)) > 0 ? true : undefined));
  await s3.send(new PutObjectCommand({ Bucket: uploadBucket, Key: photo.key, Body: await drawTestCard(other) }));
  expect(await ended(photo.ID)).toMatchObject({ objStatus: 'PROCESSED' });
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: distributionBucket, Key: `photos/${photo.ID}/scaled.jpg` }),
  );
  expect(await readTestCard(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(judged);
  expect(await timesAsked(other)).toBe(0);
  expect(await readPhoto(photo.ID)).toMatchObject({ versionId: photo.versionId });
});
