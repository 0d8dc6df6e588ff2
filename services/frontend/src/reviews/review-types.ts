/** What the reviews' API answers, as services/reviews/openapi.yaml describes it. What is new to this page is let through. */
import * as v from 'valibot';
import { Rendition, UploadTicket } from '../api/types.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
/** A state that this page does not know yet is none to wait for. */
const status = v.fallback(
  v.picklist(['PENDING', 'TRANSLATED', 'NOT_NEEDED', 'UNSUPPORTED_PAIR', 'FAILED']),
  'UNSUPPORTED_PAIR',
);

export const Medium = v.object({
  mediaId: v.string(),
  /** PENDING: to be uploaded, or being processed. Lists name published ones only. */
  status: v.fallback(v.picklist(['PENDING', 'PUBLISHED', 'REJECTED']), 'REJECTED'),
  reason: v.optional(v.string()),
  reasonDetail: v.optional(v.string()),
  width: v.optional(positive),
  height: v.optional(positive),
  renditions: v.optional(v.array(Rendition), []),
});
export type Medium = v.InferOutput<typeof Medium>;

export const Review = v.object({
  reviewId: v.string(),
  subject: v.string(),
  rating: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
  text: v.string(),
  createdAt: v.string(),
  language: v.optional(v.string()),
  translatedText: v.optional(v.string()),
  /** Of the translation: the deployment's common language. */
  translatedLanguage: v.optional(v.string(), 'en'),
  translationStatus: status,
  sentimentScore: v.optional(v.number()),
  media: v.optional(v.array(Medium), []),
});
export type Review = v.InferOutput<typeof Review>;

export const ReviewPage = v.object({ reviews: v.array(Review), cursor: v.optional(v.string()) });

export const MediaTicket = v.object({
  mediaId: v.string(),
  ...v.omit(UploadTicket, ['photoId']).entries,
});

/** The limit of services/reviews, in bytes of UTF-8. */
export const maxTextBytes = 5000;
export const maxPhotos = 5;

/**
 * Languages that are offered to those who write; any other is detected. Codes of the API that a browser can name.
 */
export const offeredLanguages = [
  ...['ar', 'bg', 'ca', 'cs', 'da', 'de', 'el', 'en', 'es', 'fi', 'fr', 'he', 'hi', 'hu', 'it', 'ja', 'ko', 'nl', 'no'],
  ...['pl', 'pt', 'ro', 'ru', 'sv', 'tr', 'uk', 'zh'],
] as const;
