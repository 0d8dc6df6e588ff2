import '../environment.ts';

import {
  DetectModerationLabelsCommand,
  type ModerationLabel,
  RekognitionClient,
  ThrottlingException,
} from '@aws-sdk/client-rekognition';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyForJudging } from '../../../src/adapters/sharp-judged-copy.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import { handler } from '../../../src/tasks/moderate-photo.ts';
import { plain } from '../images.ts';
import { judgedPhotoCases } from './judged-photo.ts';
import { originalIs, reads, s3, uploaded } from './uploaded-photo.ts';

const output = captureOutput();
const rekognition = mockClient(RekognitionClient);

let photo: Buffer;

/** A label as Rekognition returns it: those above it in the taxonomy are labels of their own. */
const label = (Name: string, ParentName = '', TaxonomyLevel = 1): ModerationLabel => ({
  Name,
  ParentName,
  TaxonomyLevel,
  Confidence: 87.4,
});
const explicit = [
  label('Explicit'),
  label('Explicit Nudity', 'Explicit', 2),
  label('Exposed Buttocks or Anus', 'Explicit Nudity', 3),
];
const rudeGesture = [label('Rude Gestures'), label('Middle Finger', 'Rude Gestures', 2)];
const allowed = [label('Swimwear or Underwear'), label('Female Swimwear or Underwear', 'Swimwear or Underwear', 2)];

const found = (...labels: ModerationLabel[]) =>
  rekognition.on(DetectModerationLabelsCommand).resolves({ ModerationLabels: labels, ModerationModelVersion: '7.0' });

beforeAll(async () => {
  photo = await plain(900, 600).jpeg().toBuffer();
});
beforeEach(() => {
  s3.reset();
  rekognition.reset();
  originalIs(photo);
  found();
});

describe('moderating a photo', () => {
  it('reads the very version that was uploaded', async () => {
    await handler(uploaded, context);

    expect(reads()).toEqual([{ Bucket: 'uploads-bucket', Key: uploaded.key, VersionId: 'v1', Range: undefined }]);
  });

  it('shows Rekognition the copy for judging, and asks for labels from the least confidence on', async () => {
    await handler(uploaded, context);

    expect(rekognition.calls().map(({ args }) => args[0].input)).toEqual([
      { Image: { Bytes: expect.any(Buffer) }, MinConfidence: 60 },
    ]);
    const [call] = rekognition.commandCalls(DetectModerationLabelsCommand);
    const copy = await copyForJudging(photo, defaultPhotoLimits);
    expect(call?.args[0].input.Image?.Bytes).toEqual('jpeg' in copy ? copy.jpeg : undefined);
  });

  it('ACCEPTS a photo in which nothing is found', async () => {
    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });
  });

  it('ACCEPTS a photo with content that is shown here', async () => {
    found(...allowed, label('Alcohol'));

    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });
  });
});

describe('FAILED_MODERATION', () => {
  const refusal = (names: string) => ({
    outcome: 'REJECTED',
    reason: 'FAILED_MODERATION',
    reasonDetail: `Our check found in the photo what is not shown here: ${names}. Choose another photo.`,
  });

  it.each([
    { of: 'a refused label', labels: [label('Violence')], names: 'violence' },
    { of: 'a label whose parent is refused', labels: explicit, names: 'explicit' },
    { of: 'a label whose refused parent has no entry', labels: explicit.slice(1, 2), names: 'explicit' },
    { of: 'a label refused without its parent', labels: rudeGesture, names: 'middle finger' },
    { of: 'one refused label among allowed ones', labels: [...allowed, ...rudeGesture], names: 'middle finger' },
    { of: 'several refused labels', labels: [label('Violence'), ...explicit], names: 'explicit and violence' },
  ])('for $of, named as a visitor understands it', async ({ labels, names }) => {
    found(...labels);

    expect(await handler(uploaded, context)).toEqual(refusal(names));
  });

  it('not for a label that only sounds like a refused one', async () => {
    found(label('Rude Gestures'), label('Explicit Language'), label('Non-Violence'));

    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });
  });
});

describe('no photo passes without a verdict:', () => {
  it('an answer without a list of labels is a fault', async () => {
    rekognition.on(DetectModerationLabelsCommand).resolves({ ModerationModelVersion: '7.0' });

    await expect(handler(uploaded, context)).rejects.toThrow('without ModerationLabels');
  });

  it('a fault of Rekognition is thrown as it is, by the name that the state machine knows', async () => {
    const throttled = new ThrottlingException({ $metadata: {}, message: 'Rate exceeded' });
    rekognition.on(DetectModerationLabelsCommand).rejects(throttled);

    await expect(handler(uploaded, context)).rejects.toBe(throttled);
    expect(output.text()).not.toContain('task ended');
  });
});

describe('before Rekognition is asked,', () => {
  judgedPhotoCases(handler, () => rekognition.calls());
});

describe('its log', () => {
  it('says what was found, and nothing of the picture, its place or its owner', async () => {
    found(...rudeGesture);

    await handler({ ...uploaded, owner: 'someone' }, context);

    const [entry, ...others] = output.entries();
    expect(entry).toMatchObject({
      message: 'task ended',
      outcome: 'REJECTED',
      reason: 'FAILED_MODERATION',
      labels: ['Rude Gestures', 'Middle Finger'],
      photoId: uploaded.ID,
      correlationId: 'correlation-1',
    });
    expect(others).toEqual([]);
    expect(output.text()).not.toMatch(/someone|hyde-park|uploads|base64|\/9j\//);
    expect(output.text().length).toBeLessThan(2000);
  });

  it.each([
    { of: 'a label and its parent', labels: rudeGesture, said: ['Rude Gestures', 'Middle Finger'] },
    { of: 'a label before its parent', labels: rudeGesture.toReversed(), said: ['Middle Finger', 'Rude Gestures'] },
    { of: 'a label without its parent', labels: rudeGesture.slice(1), said: ['Middle Finger', 'Rude Gestures'] },
    { of: 'two of one parent', labels: [label('A', 'P', 2), label('B', 'P', 2)], said: ['A', 'P', 'B'] },
    { of: 'nameless labels', labels: [{ ParentName: 'P' }, { Name: 'A' }, { Confidence: 90 }], said: ['P', 'A'] },
  ])('names $of once each', async ({ labels, said }) => {
    found(...labels);

    await handler(uploaded, context);

    expect(output.entries()[0]).toMatchObject({ message: 'task ended', labels: said });
  });

  it('has no labels of the photo before', async () => {
    found(...explicit);
    await handler(uploaded, context);
    found();
    await handler({ ...uploaded, correlationId: 'correlation-2' }, context);

    expect(output.entries().at(-1)).toMatchObject({ outcome: 'ACCEPTED', labels: [], correlationId: 'correlation-2' });
    expect(output.entries().at(-1)).not.toHaveProperty('reason');
  });
});

it('works for two photos at once', async () => {
  const other = { ...uploaded, versionId: 'v2' };
  s3.on(GetObjectCommand, { VersionId: 'v2' }).rejects(Object.assign(new Error('S3 down')));

  const [first, second] = await Promise.allSettled([handler(uploaded, context), handler(other, context)]);

  expect(first).toEqual({ status: 'fulfilled', value: { outcome: 'ACCEPTED' } });
  expect(second).toMatchObject({ status: 'rejected', reason: { message: 'S3 down' } });
});
