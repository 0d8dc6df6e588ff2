import { DetectLabelsCommand, DetectModerationLabelsCommand, RekognitionClient } from '@aws-sdk/client-rekognition';

// The state machine has the patience: it tries again for minutes, with jitter. Here only a hiccup is worth a second try.
const rekognition = new RekognitionClient({
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 8_000,
    throwOnRequestTimeout: true,
    socketTimeout: 8_000,
  },
});

/**
 * Names of the moderation labels that Rekognition sees in a picture, those of their parents among them.
 *
 * @param jpeg at most 5 MB
 * @param minConfidence percent
 */
export async function moderationLabels(jpeg: Buffer, minConfidence: number): Promise<string[]> {
  const { ModerationLabels } = await rekognition.send(
    new DetectModerationLabelsCommand({ Image: { Bytes: jpeg }, MinConfidence: minConfidence }),
  );
  // No list is no verdict: a photo must not pass because an answer was not understood.
  if (!ModerationLabels) throw new Error('Rekognition answered without ModerationLabels');
  const names = ModerationLabels.flatMap(({ Name, ParentName }) => [Name, ParentName]);
  return [...new Set(names.filter((name): name is string => Boolean(name)))];
}

/** The label of people of any kind; Rekognition returns it beside its children, such as Woman or Child. */
const person = 'Person';

/**
 * Whether Rekognition sees a person in a picture.
 *
 * @param jpeg at most 5 MB
 * @param minConfidence percent
 */
export async function showsPerson(jpeg: Buffer, minConfidence: number): Promise<boolean> {
  const { Labels } = await rekognition.send(
    new DetectLabelsCommand({
      Image: { Bytes: jpeg },
      MinConfidence: minConfidence,
      Features: ['GENERAL_LABELS'],
      Settings: { GeneralLabels: { LabelInclusionFilters: [person] } },
    }),
  );
  if (!Labels) throw new Error('Rekognition answered without Labels');
  return Labels.some(({ Name }) => Name === person);
}
