import { DetectLabelsCommand, DetectModerationLabelsCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { QueueFullError } from '../../src/job-queue.ts';
import { UnreadableImageError } from '../../src/vision.ts';
import { type AnswerBody, bytes, startFront, until } from './front-fixture.ts';

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } });
const photo = await picture(100, 100).jpeg().toBuffer();
const person = { classIndex: 0, score: 0.6, box: { left: 0.1, top: 0.2, width: 0.3, height: 0.4 } };
const dog = { classIndex: 16, score: 0.8, box: { left: 0, top: 0, width: 1, height: 1 } };

describe('through the AWS SDK', () => {
  const client = (endpoint: string) =>
    new RekognitionClient({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });

  it('answers both operations, for bytes and for a version of an object', async () => {
    const { url } = await startFront({
      scores: { drawing: 0.6, hentai: 0.05, neutral: 0.05, porn: 0.7, sexy: 0.55 },
      detections: [person],
      objects: { 'photos/a.jpg/v1': photo },
    });
    const moderated = await client(url).send(new DetectModerationLabelsCommand({ Image: { Bytes: photo } }));
    expect(moderated).toMatchObject({
      ModerationLabels: [
        { Name: 'Explicit Nudity', ParentName: 'Explicit', Confidence: 75, TaxonomyLevel: 2 },
        { Name: 'Explicit', ParentName: '', Confidence: 75, TaxonomyLevel: 1 },
        { Name: 'Swimwear or Underwear', ParentName: '', Confidence: 55, TaxonomyLevel: 1 },
      ],
      ModerationModelVersion: '7.0',
      ContentTypes: [{ Name: 'Illustrated', Confidence: 65 }],
    });
    expect(moderated.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);

    const object = { Bucket: 'photos', Name: 'a.jpg', Version: 'v1' };
    const labelled = await client(url).send(new DetectLabelsCommand({ Image: { S3Object: object } }));
    expect(labelled).toMatchObject({
      Labels: [
        {
          Name: 'Person',
          Confidence: 82,
          Instances: [{ BoundingBox: { Left: 0.1, Top: 0.2, Width: 0.3, Height: 0.4 }, Confidence: 82 }],
          Parents: [],
          Aliases: [{ Name: 'Human' }],
          Categories: [{ Name: 'Person Description' }],
        },
      ],
      LabelModelVersion: '3.0',
    });
    expect(labelled).not.toHaveProperty('OrientationCorrection');
  });

  it('throws errors by their name, with the message of the service', async () => {
    const { url } = await startFront();
    const image = { S3Object: { Bucket: 'photos', Name: 'missing.jpg' } };
    await expect(client(url).send(new DetectLabelsCommand({ Image: image }))).rejects.toMatchObject({
      name: 'InvalidS3ObjectException',
      message: 'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
      $metadata: { httpStatusCode: 400, requestId: expect.any(String) },
    });
  });
});

describe('pictures', () => {
  it.each([
    ['WebP', async () => picture(100, 100).webp().toBuffer(), 'InvalidImageFormatException'],
    ['no picture', async () => Buffer.from('milk and bread'), 'InvalidImageFormatException'],
    ['only the beginning of a JPEG', async () => photo.subarray(0, 20), 'InvalidImageFormatException'],
    ['fewer than 80 pixels', async () => picture(79, 200).png().toBuffer(), 'InvalidParameterException'],
    ['more than 10,000 pixels', async () => picture(10_001, 80).png().toBuffer(), 'ImageTooLargeException'],
  ])('refuses %s', async (_what, image, error) => {
    const { detectLabels } = await startFront();
    expect(await detectLabels(bytes(await image()))).toMatchObject({ status: 400, body: { __type: error } });
  });

  it('says by how much dimensions are too large', async () => {
    const { detectLabels } = await startFront();
    const { body } = await detectLabels(bytes(await picture(10_001, 80).png().toBuffer()));
    expect(body.Message).toBe('Input image dimensions 10001 x 80 exceed maximum dimension size of 10000 pixels');
  });

  it('takes a PNG', async () => {
    const { detectLabels } = await startFront({ detections: [dog] });
    const { body } = await detectLabels(bytes(await picture(80, 80).png().toBuffer()));
    expect(body.Labels.map(({ Name }) => Name)).toEqual(['Animal', 'Canine', 'Dog', 'Mammal', 'Pet']);
  });
});

describe('requests', () => {
  const image = bytes(photo).Image;
  const tooMany = Buffer.alloc(5 * 1024 ** 2 + 1).toString('base64');
  const constraint = (rest: string) => `1 validation error detected: Value ${rest}`;

  it.each([
    [{}, constraint("null at 'image' failed to satisfy constraint: Member must not be null")],
    [
      { Image: image, MinConfidence: 101 },
      constraint(
        "'101' at 'minConfidence' failed to satisfy constraint: Member must have value less than or equal to 100",
      ),
    ],
    [
      { Image: { Bytes: tooMany } },
      constraint(
        "'java.nio.HeapByteBuffer[pos=0 lim=5242881 cap=5242881]' at 'image.bytes' failed to satisfy constraint: Member must have length less than or equal to 5242880",
      ),
    ],
    [
      { Image: { S3Object: { Bucket: 'b', Name: '' } } },
      "2 validation errors detected: Value 'b' at 'image.s3Object.bucket' failed to satisfy constraint: Member must have length greater than or equal to 3; Value '' at 'image.s3Object.name' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { Image: image, Features: ['COLOURS'] },
      constraint(
        "'COLOURS' at 'features' failed to satisfy constraint: Member must satisfy enum value set: [GENERAL_LABELS, IMAGE_PROPERTIES]",
      ),
    ],
    [
      { Image: image, Settings: { GeneralLabels: { LabelInclusionFilters: ['<b>'] } } },
      expect.stringContaining("Value '<b>' at 'settings.generalLabels.labelInclusionFilters'"),
    ],
  ])('names the constraints that are broken: %#', async (input, message) => {
    const { detectLabels } = await startFront();
    const answer = await detectLabels(input);
    expect(answer).toMatchObject({ status: 400, body: { __type: 'ValidationException', message } });
  });

  it.each([
    ['neither bytes nor an object', { Image: {} }],
    ['both', { Image: { ...image, S3Object: { Bucket: 'photos', Name: 'a.jpg' } } }],
    ['an object without a name', { Image: { S3Object: { Bucket: 'photos' } } }],
    ['IMAGE_PROPERTIES, which nothing here computes', { Image: image, Features: ['IMAGE_PROPERTIES'] }],
  ])('refuses %s', async (_what, input) => {
    const { detectLabels } = await startFront();
    expect(await detectLabels(input)).toMatchObject({ status: 400, body: { __type: 'InvalidParameterException' } });
  });

  it.each([
    ['a number as text', { Image: image, MinConfidence: '50' }],
    ['bytes that are not Base64', { Image: { Bytes: 'm!lk' } }],
    ['what is not JSON', '{"Image":'],
  ])('cannot read %s', async (_what, input) => {
    const { call } = await startFront();
    const answer = await call('RekognitionService.DetectLabels', input);
    expect(answer).toMatchObject({ status: 400, body: { __type: 'SerializationException' } });
  });

  it('leaves out what is below MinConfidence, and more than MaxLabels', async () => {
    const { detectLabels, detectModerationLabels } = await startFront({
      scores: { drawing: 0, hentai: 0, neutral: 0.5, porn: 0.1, sexy: 0.4 },
      detections: [person, dog],
    });
    const names = ({ body }: { body: AnswerBody }) => (body.Labels ?? body.ModerationLabels).map(({ Name }) => Name);
    expect(names(await detectModerationLabels({ Image: image }))).toEqual([]);
    expect(names(await detectModerationLabels({ Image: image, MinConfidence: 40 }))).toEqual(['Swimwear or Underwear']);
    expect(names(await detectLabels({ Image: image, MinConfidence: 83 }))).not.toContain('Person');
    expect(names(await detectLabels({ Image: image, MaxLabels: 2 }))).toEqual(['Animal', 'Canine']);
  });

  it.each([
    [{ LabelInclusionFilters: ['Person'] }, ['Person']],
    [{ LabelExclusionFilters: ['Animal', 'Canine', 'Mammal'] }, ['Dog', 'Pet', 'Person']],
    [
      { LabelCategoryInclusionFilters: ['Animals and Pets'], LabelExclusionFilters: ['Pet'] },
      ['Animal', 'Canine', 'Dog', 'Mammal'],
    ],
    [{ LabelCategoryExclusionFilters: ['Animals and Pets'] }, ['Person']],
    [{ LabelInclusionFilters: ['Dog'], LabelCategoryInclusionFilters: ['Person Description'] }, ['Dog', 'Person']],
  ])('filters by %j', async (GeneralLabels, expected) => {
    const { detectLabels } = await startFront({ detections: [person, dog] });
    const { body } = await detectLabels({ Image: image, Settings: { GeneralLabels } });
    expect(body.Labels.map(({ Name }) => Name)).toEqual(expected);
  });

  it.each([
    ['is not signed', { authorization: undefined }, 'MissingAuthenticationTokenException'],
    ['names no operation', { 'x-amz-target': undefined }, 'UnknownOperationException'],
    [
      'names an operation that does not exist',
      { 'x-amz-target': 'RekognitionService.CompareFaces' },
      'UnknownOperationException',
    ],
    ['names a member of every object', { 'x-amz-target': 'toString' }, 'UnknownOperationException'],
  ])('refuses a request that %s', async (_what, headers, error) => {
    const { call } = await startFront();
    const answer = await call('RekognitionService.DetectLabels', { Image: image }, headers);
    expect(answer).toMatchObject({ status: 400, body: { __type: error } });
    expect(answer.headers.get('x-amzn-requestid')).toBeTruthy();
  });

  it('refuses a body that no picture of the right size makes', async () => {
    const { call } = await startFront();
    const answer = await call('RekognitionService.DetectLabels', 'x'.repeat(11 * 1024 ** 2));
    expect(answer).toMatchObject({ status: 413, body: { __type: 'RequestEntityTooLargeException' } });
  });
});

describe('models', () => {
  it.each([
    [new QueueFullError(), 400, 'ProvisionedThroughputExceededException'],
    [new UnreadableImageError(), 400, 'InvalidImageFormatException'],
    [new Error('the thread ended with code 1'), 500, 'InternalServerError'],
  ])('answers %s with %i', async (error, status, name) => {
    const { detectLabels, lines } = await startFront({ vision: { detectObjects: () => Promise.reject(error) } });
    const answer = await detectLabels(bytes(photo));
    expect(answer).toMatchObject({ status, body: { __type: name, Code: name } });
    expect(JSON.stringify(answer.body)).not.toContain('thread');
    expect(lines).toMatchObject([{ status, error: name }]);
  });

  it('tells them when the client has gone', async () => {
    let signal: AbortSignal | undefined;
    const { url, lines } = await startFront({
      vision: {
        detectObjects: (_image, given) => {
          signal = given;
          return new Promise((_resolve, reject) => given.addEventListener('abort', () => reject(given.reason)));
        },
      },
    });
    const client = new AbortController();
    const call = fetch(url, {
      method: 'POST',
      signal: client.signal,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'RekognitionService.DetectLabels',
        authorization: 'AWS4-HMAC-SHA256',
      },
      body: JSON.stringify(bytes(photo)),
    });
    await until(() => signal !== undefined);
    client.abort();
    await expect(call).rejects.toThrow();
    await until(() => lines.length > 0);
    expect(signal?.aborted).toBe(true);
    expect(lines).toMatchObject([{ gone: true }]);
  });

  it('logs one line without the picture', async () => {
    const { detectLabels, lines } = await startFront({ detections: [person] });
    await detectLabels(bytes(photo));
    expect(lines).toEqual([
      {
        time: expect.any(String),
        requestId: expect.any(String),
        operation: 'RekognitionService.DetectLabels',
        image: 'bytes',
        waitedMs: 1,
        computedMs: 2,
        forced: false,
        labels: ['Person 82.0'],
        status: 200,
        ms: expect.any(Number),
      },
    ]);
  });
});
