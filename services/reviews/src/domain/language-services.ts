import type { ScoredLanguage } from './languages.ts';
import type { Sentiment } from './review.ts';

export interface Detected {
  /** BCP 47 code. */
  readonly language: string;
  /** 0 to 1. */
  readonly score: number;
}

export interface Scored {
  readonly sentiment: Sentiment;
  /** How sure that is, 0 to 1. */
  readonly score: number;
}

/** A language service will never take this text, whenever it is asked. */
export class UnusableTextError extends Error {
  override readonly name = 'UnusableTextError';
}

/** Each throws UnusableTextError for what will never go well, anything else for what may go well later. */
export interface LanguageServices {
  /** @returns undefined when no language is recognised */
  detectLanguage(text: string): Promise<Detected | undefined>;
  /** @returns undefined when the service does not translate between these two */
  translate(text: string, from: string, to: string): Promise<string | undefined>;
  scoreSentiment(text: string, language: ScoredLanguage): Promise<Scored>;
}
