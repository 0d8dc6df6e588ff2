import type { ModerationScores } from './vision.ts';

export interface ModerationLabel {
  Name: string;
  /** Empty for a label of the first level. */
  ParentName: string;
  /** 0 to 100. */
  Confidence: number;
  TaxonomyLevel: number;
}

export interface ContentType {
  Name: string;
  Confidence: number;
}

/** Labels are those of this version of the service's taxonomy. */
export const moderationModelVersion = '7.0';

/** A probability as the service writes it. */
const percent = (probability: number): number => Math.round(Math.min(1, probability) * 1e6) / 1e4;

/**
 * The labels for which there is a model. Violence, drugs, hate, weapons and gambling are never among them; nor is a label of
 * the third level, which would say more than the five classes do.
 */
export function toModerationLabels({ porn, hentai, sexy }: ModerationScores): ModerationLabel[] {
  const explicit = percent(porn + hentai);
  return [
    { Name: 'Explicit Nudity', ParentName: 'Explicit', Confidence: explicit, TaxonomyLevel: 2 },
    { Name: 'Explicit', ParentName: '', Confidence: explicit, TaxonomyLevel: 1 },
    { Name: 'Swimwear or Underwear', ParentName: '', Confidence: percent(sexy), TaxonomyLevel: 1 },
  ];
}

/** What kind of picture it is; photographs have none. */
export function toContentTypes({ drawing, hentai }: ModerationScores): ContentType[] {
  return [{ Name: 'Illustrated', Confidence: percent(drawing + hentai) }];
}

export const atLeast =
  (minConfidence: number) =>
  ({ Confidence }: { Confidence: number }): boolean =>
    Confidence >= minConfidence;
