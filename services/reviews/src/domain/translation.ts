import { type LanguageServices, UnusableTextError } from './language-services.ts';
import { isKnownLanguage, isSameLanguage } from './languages.ts';
import { isOpen, type Review } from './review.ts';

/** What the translation step found out; written to the review's row in attributes of the step's own. */
export interface Translation {
  readonly translationStatus: 'TRANSLATED' | 'NOT_NEEDED' | 'UNSUPPORTED_PAIR' | 'FAILED';
  /** Only where it was detected: what the author said stands. */
  readonly detected?: { readonly language: string; readonly languageScore: number } | undefined;
  readonly translatedText?: string;
  /** The common language of that day: it may be another one later. */
  readonly translatedLanguage?: string;
  readonly translationReason?: string;
}

export interface TranslationPorts extends Pick<LanguageServices, 'detectLanguage' | 'translate'> {
  /** Strongly consistent: the record that sets this off may be hours old, or come again. */
  readReview(reviewId: string): Promise<Review | undefined>;
  /** @returns false when the review is gone, or was translated meanwhile */
  storeTranslation(reviewId: string, translation: Translation): Promise<boolean>;
}

/**
 * Translates a review into the common language.
 *
 * @returns what it came to; undefined when there was nothing to do (any more)
 * @throws whatever may go well later
 */
export async function translateReview(
  reviewId: string,
  commonLanguage: string,
  ports: TranslationPorts,
): Promise<Translation['translationStatus'] | undefined> {
  const review = await ports.readReview(reviewId);
  if (review === undefined || !isOpen(review.translationStatus)) return undefined;
  const translation = await translationOf(review, commonLanguage, ports);
  return (await ports.storeTranslation(reviewId, translation)) ? translation.translationStatus : undefined;
}

async function translationOf(review: Review, common: string, ports: TranslationPorts): Promise<Translation> {
  try {
    if (review.language !== undefined) return await translated(review.text, review.language, common, ports);
    const detected = await ports.detectLanguage(review.text);
    if (detected === undefined)
      return { translationStatus: 'UNSUPPORTED_PAIR', translationReason: 'Its language was not recognised' };
    return {
      ...(await translated(review.text, detected.language, common, ports)),
      detected: { language: detected.language, languageScore: detected.score },
    };
  } catch (error) {
    if (!(error instanceof UnusableTextError)) throw error;
    return { translationStatus: 'FAILED', translationReason: error.message };
  }
}

async function translated(
  text: string,
  language: string,
  common: string,
  ports: TranslationPorts,
): Promise<Translation> {
  if (isSameLanguage(language, common)) return { translationStatus: 'NOT_NEEDED' };
  const translatedText = isKnownLanguage(language) ? await ports.translate(text, language, common) : undefined;
  if (translatedText !== undefined)
    return { translationStatus: 'TRANSLATED', translatedText, translatedLanguage: common };
  return {
    translationStatus: 'UNSUPPORTED_PAIR',
    translationReason: `There is no translation from ${language} to ${common}`,
  };
}
