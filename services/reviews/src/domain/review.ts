import { createHash, randomBytes } from 'node:crypto';
import type { KnownLanguage } from './languages.ts';
import type { Pictures } from './pictures.ts';

/**
 * Where a step stands with a review. PENDING: since it was posted; RETRY: an operator has it taken up again. What a step
 * ends with is never PENDING or RETRY, so its own write never sets it off again.
 */
export const openStatuses = ['PENDING', 'RETRY'] as const;
type Open = (typeof openStatuses)[number];
export type TranslationStatus = Open | 'TRANSLATED' | 'NOT_NEEDED' | 'UNSUPPORTED_PAIR' | 'FAILED';
export type SentimentStatus = Open | 'SCORED' | 'UNSUPPORTED_LANGUAGE' | 'FAILED';
/** MARKED: found negative; CLAIMED: being told; ALERTED: its mail is on the way. */
export type AlertStatus = 'MARKED' | 'RETRY' | 'CLAIMED' | 'ALERTED';

export const sentiments = ['POSITIVE', 'NEGATIVE', 'NEUTRAL', 'MIXED'] as const;
export type Sentiment = (typeof sentiments)[number];

/** What an author posts. */
export interface NewReview {
  /** What it is about: a place's id, for all this service knows. */
  readonly subject: string;
  /** Stars, 1 to 5. */
  readonly rating: number;
  /** As it was typed, at most 5000 bytes in UTF-8. */
  readonly text: string;
  readonly language?: KnownLanguage | undefined;
}

/** A review's row: what was posted, and what each step has added in attributes of its own. */
export interface Review extends Omit<NewReview, 'language'> {
  readonly reviewId: string;
  /** Subject (`sub`) of its author's token. */
  readonly author: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly correlationId: string;
  /** As given, or as the translation step detected it; a BCP 47 code. */
  readonly language?: string | undefined;
  /** How sure that was, 0 to 1; only of a detected one. */
  readonly languageScore?: number | undefined;
  readonly translatedText?: string | undefined;
  /** What it was translated into; a BCP 47 code. */
  readonly translatedLanguage?: string | undefined;
  readonly translationStatus: TranslationStatus;
  readonly translationReason?: string | undefined;
  readonly sentiment?: Sentiment | undefined;
  /** How sure that is, 0 to 1. */
  readonly sentimentScore?: number | undefined;
  readonly sentimentStatus: SentimentStatus;
  readonly sentimentReason?: string | undefined;
  /** When it was found to be negative beyond the threshold. */
  readonly negativeSince?: string | undefined;
  readonly alertStatus?: AlertStatus | undefined;
  /** When the alert queue and the bus were told of the mark. */
  readonly announcedAt?: string | undefined;
  readonly alertClaimedUntil?: string | undefined;
  readonly alertedAt?: string | undefined;
  readonly media: Pictures;
  /** Counts changes of which pictures there are, so that two at a time do not both take the last place. */
  readonly mediaVersion?: number | undefined;
}

/** A review's id. Without an idempotency key 128 random bits; with one it derives from author and key, so that a repeated
 * request finds the first one's review, even after it was cut short between storing and answering. */
export const reviewIdFor = (author: string, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined
    ? randomBytes(16).toString('hex')
    : createHash('sha256').update(`review\n${author}\n${idempotencyKey}`).digest('hex').slice(0, 32);

export const isOpen = (status: TranslationStatus | SentimentStatus): boolean =>
  (openStatuses as readonly string[]).includes(status);

/** Whether a review may be scored: it was not yet, or not for the lack of a translation that has come since. */
export const isToScore = ({ sentimentStatus, translationStatus }: Review): boolean =>
  isOpen(sentimentStatus) || (sentimentStatus === 'UNSUPPORTED_LANGUAGE' && translationStatus === 'TRANSLATED');
