import type { Cards } from './cards.ts';
import { type Fields, type JsonObject, readFields } from './fields.ts';
import { type LabelFilters, labelModelVersion, passes, toLabels } from './general-labels.ts';
import { type ImageReference, type ReadObject, readImage, requireSuitable } from './images.ts';
import { QueueFullError, type Timed } from './job-queue.ts';
import { atLeast, moderationModelVersion, toContentTypes, toModerationLabels } from './moderation-labels.ts';
import type { Call, Operations } from './operations.ts';
import { ServiceError } from './service-error.ts';
import { UnreadableImageError, type Vision } from './vision.ts';

const maxLabels = 1000;

/** The two operations of Amazon Rekognition that look at a picture's content. */
export function rekognition(readObject: ReadObject, vision: Vision, cards: Cards): Operations {
  async function fetchImage(reference: ImageReference, call: Call): Promise<Buffer> {
    const isBytes = 'bytes' in reference;
    call.note({ image: isBytes ? 'bytes' : `s3://${reference.bucket}/${reference.key}` });
    const image = isBytes ? reference.bytes : await readObject(reference, call.signal);
    await requireSuitable(image);
    return image;
  }

  return {
    'RekognitionService.DetectModerationLabels': async (input, call) => {
      const { image: reference, minConfidence } = readModerationRequest(input);
      const image = await fetchImage(reference, call);
      const forced = (await cards.answerFor('DetectModerationLabels', image, call))?.moderationLabels;
      const scores = forced ? undefined : await computed(vision.moderate(image, call.signal), call);
      const labels = (forced ?? (scores ? toModerationLabels(scores) : [])).filter(atLeast(minConfidence));
      call.note({ forced: forced !== undefined, labels: summary(labels) });
      return {
        ModerationLabels: labels,
        ModerationModelVersion: moderationModelVersion,
        ContentTypes: scores ? toContentTypes(scores).filter(atLeast(minConfidence)) : [],
      };
    },

    'RekognitionService.DetectLabels': async (input, call) => {
      const { image: reference, minConfidence, limit, filters } = readLabelsRequest(input);
      const image = await fetchImage(reference, call);
      const forced = (await cards.answerFor('DetectLabels', image, call))?.labels;
      const found = forced ?? toLabels(await computed(vision.detectObjects(image, call.signal), call));
      const labels = found.filter(atLeast(minConfidence)).filter(passes(filters)).slice(0, limit);
      call.note({ forced: forced !== undefined, labels: summary(labels) });
      return { Labels: labels, LabelModelVersion: labelModelVersion };
    },
  };
}

function readModerationRequest(input: JsonObject) {
  const request = readFields(input, (fields) => ({
    image: readImage(fields),
    minConfidence: readMinConfidence(fields) ?? 50,
    isCustom: fields.has('HumanLoopConfig') || fields.has('ProjectVersion'),
  }));
  if (request.isCustom) {
    throw new ServiceError('InvalidParameterException', 'HumanLoopConfig and ProjectVersion do not exist locally.');
  }
  return { ...request, image: request.image() };
}

function readLabelsRequest(input: JsonObject) {
  const request = readFields(input, (fields) => ({
    image: readImage(fields),
    minConfidence: readMinConfidence(fields) ?? 55,
    limit: Math.min(fields.number('MaxLabels', { min: 0 }) ?? maxLabels, maxLabels),
    features: fields.texts('Features', { maxItems: 2, oneOf: ['GENERAL_LABELS', 'IMAGE_PROPERTIES'] }),
    filters: readFilters(fields.object('Settings')?.object('GeneralLabels')),
  }));
  // Leaving its part out of the answer would look as if the picture had no colours.
  if (request.features?.includes('IMAGE_PROPERTIES')) {
    throw new ServiceError('InvalidParameterException', 'IMAGE_PROPERTIES does not exist locally.');
  }
  return { ...request, image: request.image() };
}

const readMinConfidence = (fields: Fields) => fields.number('MinConfidence', { min: 0, max: 100 });

function readFilters(settings: Fields | undefined): LabelFilters {
  const names = (member: keyof LabelFilters) =>
    settings?.texts(member, { maxItems: 100, max: 50, pattern: /^[A-Za-z0-9àâèçñó'\-_(). ]*$/ });
  return {
    LabelInclusionFilters: names('LabelInclusionFilters'),
    LabelExclusionFilters: names('LabelExclusionFilters'),
    LabelCategoryInclusionFilters: names('LabelCategoryInclusionFilters'),
    LabelCategoryExclusionFilters: names('LabelCategoryExclusionFilters'),
  };
}

/** Waits for a model; its errors become the service's. */
async function computed<T>(job: Promise<Timed<T>>, call: Call): Promise<T> {
  try {
    const { value, waitedMs, computedMs } = await job;
    call.note({ waitedMs: Math.round(waitedMs), computedMs: Math.round(computedMs) });
    return value;
  } catch (error) {
    if (error instanceof UnreadableImageError) {
      throw new ServiceError('InvalidImageFormatException', undefined, { cause: error });
    }
    if (error instanceof QueueFullError) {
      throw new ServiceError('ProvisionedThroughputExceededException', undefined, { cause: error });
    }
    throw error;
  }
}

const summary = (labels: { Name: string; Confidence: number }[]): string[] =>
  labels.map(({ Name, Confidence }) => `${Name} ${Confidence.toFixed(1)}`);
