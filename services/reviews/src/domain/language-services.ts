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

/** A language service has failed, and does not say whether this text is why. */
export class ServiceFaultError extends Error {
  override readonly name = 'ServiceFaultError';
}

/** Each throws UnusableTextError for what will never go well, ServiceFaultError or anything else for what may go well later. */
export interface LanguageServices {
  /** @returns undefined when no language is recognised */
  detectLanguage(text: string): Promise<Detected | undefined>;
  /** @returns undefined when the service does not translate between these two */
  translate(text: string, from: string, to: string): Promise<string | undefined>;
  scoreSentiment(text: string, language: ScoredLanguage): Promise<Scored>;
}

/**
 * How long a service may fail on a text before it is asked whether it fails on others, too. Until then, and whenever it
 * throttles or cannot be reached, the stream's lane waits for it.
 */
const patienceMs = 5 * 60_000;

/**
 * The services, for a text that was waiting since then. One on which its service always fails would hold back all that came
 * after it for hours: where the service takes another text, and then fails on this one again, this one is unusable.
 *
 * @param since undefined when that is not known: then it is never given up
 */
export function patientServices(services: LanguageServices, since: Date | undefined): LanguageServices {
  const isOverdue = () => since !== undefined && Date.now() - since.getTime() > patienceMs;

  async function ask<T>(call: () => Promise<T>, askOfAnother: () => Promise<unknown>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceFaultError && isOverdue())) throw error;
    }
    await askOfAnother();
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceFaultError)) throw error;
      throw new UnusableTextError(`Other texts are taken, this one is not: ${error.message}`, { cause: error });
    }
  }

  return {
    detectLanguage: (text) =>
      ask(
        () => services.detectLanguage(text),
        () => services.detectLanguage('All was well.'),
      ),
    translate: (text, from, to) =>
      ask(
        () => services.translate(text, from, to),
        () => services.translate('Todo estaba bien.', 'es', 'en'),
      ),
    scoreSentiment: (text, language) =>
      ask(
        () => services.scoreSentiment(text, language),
        () => services.scoreSentiment('All was well.', 'en'),
      ),
  };
}
