import '../environment.ts';

import { DetectLabelsCommand, InternalServerError, type Label, RekognitionClient } from '@aws-sdk/client-rekognition';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyForJudging } from '../../../src/adapters/sharp-judged-copy.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import { handler } from '../../../src/tasks/detect-people.ts';
import { plain } from '../images.ts';
import { judgedPhotoCases } from './judged-photo.ts';
import { originalIs, reads, s3, uploaded } from './uploaded-photo.ts';

const output = captureOutput();
const rekognition = mockClient(RekognitionClient);

let photo: Buffer;

const found = (...Labels: Label[]) =>
  rekognition.on(DetectLabelsCommand).resolves({ Labels, LabelModelVersion: '3.0' });
const person: Label = { Name: 'Person', Confidence: 98.1, Instances: [{ BoundingBox: { Width: 0.2 } }], Parents: [] };

beforeAll(async () => {
  photo = await plain(900, 600).jpeg().toBuffer();
});
beforeEach(() => {
  s3.reset();
  rekognition.reset();
  originalIs(photo);
  found();
});

describe('looking for people', () => {
  it('reads the very version that was uploaded', async () => {
    await handler(uploaded, context);

    expect(reads()).toEqual([{ Bucket: 'uploads-bucket', Key: uploaded.key, VersionId: 'v1', Range: undefined }]);
  });

  it('shows Rekognition the copy for judging, and asks for the label of people alone', async () => {
    await handler(uploaded, context);

    expect(rekognition.calls().map(({ args }) => args[0].input)).toEqual([
      {
        Image: { Bytes: expect.any(Buffer) },
        MinConfidence: 60,
        Features: ['GENERAL_LABELS'],
        Settings: { GeneralLabels: { LabelInclusionFilters: ['Person'] } },
      },
    ]);
    const [call] = rekognition.commandCalls(DetectLabelsCommand);
    const copy = await copyForJudging(photo, defaultPhotoLimits);
    expect(call?.args[0].input.Image?.Bytes).toEqual('jpeg' in copy ? copy.jpeg : undefined);
  });

  it('ACCEPTS a photo without any', async () => {
    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });
  });

  it('ACCEPTS a photo of what is no person, whatever Rekognition mentions', async () => {
    found({ Name: 'Cup', Confidence: 99 }, { Name: 'Personal Computer', Confidence: 90 });

    expect(await handler(uploaded, context)).toEqual({ outcome: 'ACCEPTED' });
  });

  it('refuses a photo of a person: NO_PEOPLE_ALLOWED, and what to do about it', async () => {
    found({ Name: 'Cup', Confidence: 99 }, person);

    expect(await handler(uploaded, context)).toEqual({
      outcome: 'REJECTED',
      reason: 'NO_PEOPLE_ALLOWED',
      reasonDetail: expect.stringMatching(/shown without people.*Take it again with nobody in it/),
    });
  });

  it('counts a refusal by its reason', async () => {
    found(person);

    await handler(uploaded, context);

    expect(output.entries()).toContainEqual(
      expect.objectContaining({ PhotosRejected: 1, reason: 'NO_PEOPLE_ALLOWED', service: 'workflow-v4' }),
    );
  });
});

describe('no photo passes without a verdict:', () => {
  it('an answer without a list of labels is a fault', async () => {
    rekognition.on(DetectLabelsCommand).resolves({ LabelModelVersion: '3.0' });

    await expect(handler(uploaded, context)).rejects.toThrow('without Labels');
  });

  it('a fault of Rekognition is thrown as it is', async () => {
    const down = new InternalServerError({ $metadata: {}, message: 'down' });
    rekognition.on(DetectLabelsCommand).rejects(down);

    await expect(handler(uploaded, context)).rejects.toBe(down);
    expect(output.text()).not.toContain('task ended');
  });
});

describe('before Rekognition is asked,', () => {
  judgedPhotoCases(handler, () => rekognition.calls());
});

it('its log holds the verdict, and nothing of the picture, its place, its owner or where in it people are', async () => {
  found(person);

  await handler({ ...uploaded, owner: 'someone' }, context);

  expect(output.entries()).toMatchObject([
    { message: 'task ended', outcome: 'REJECTED', reason: 'NO_PEOPLE_ALLOWED', photoId: uploaded.ID },
    { PhotosRejected: 1 },
  ]);
  expect(output.text()).not.toMatch(/someone|hyde-park|uploads|base64|\/9j\/|BoundingBox|98\.1/);
});
