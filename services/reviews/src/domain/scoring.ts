import { type LanguageServices, type Scored, UnusableTextError } from './language-services.ts';
import { type ScoredLanguage, scoredAs } from './languages.ts';
import { isOpen, isToScore, type Review } from './review.ts';
import { cutToBytes, maxTextBytes } from './text.ts';

/** What the scoring step found out; written to the review's row in attributes of the step's own. */
export type Score =
  | {
      readonly sentimentStatus: 'SCORED';
      readonly scored: Scored;
      /** Negative beyond the threshold: a manager is to be told. */
      readonly isAlarming: boolean;
    }
  | { readonly sentimentStatus: 'UNSUPPORTED_LANGUAGE' }
  | { readonly sentimentStatus: 'FAILED'; readonly sentimentReason: string };

export interface ScoringPorts extends Pick<LanguageServices, 'detectLanguage' | 'scoreSentiment'> {
  /** Strongly consistent: the record that sets this off may be hours old, or come again. */
  readReview(reviewId: string): Promise<Review | undefined>;
  /** @returns false when the review is gone, or was scored meanwhile */
  storeScore(reviewId: string, score: Score): Promise<boolean>;
}

export interface ScoringRules {
  /** Whether the translation step is switched on: only then is there something to wait for. */
  readonly translatesReviews: boolean;
  /** From this score on a negative review is alarming, 0 to 1. */
  readonly negativeThreshold: number;
}

/** What a review came to; WAITING: for its translation, whose arrival sets this off again. */
export type ScoringOutcome = Score['sentimentStatus'] | 'WAITING' | 'NOTHING_TO_DO';

/**
 * Scores a review's sentiment: in its own language where Comprehend knows that one, and otherwise its translation.
 *
 * @throws whatever may go well later
 */
export async function scoreReview(
  reviewId: string,
  rules: ScoringRules,
  ports: ScoringPorts,
): Promise<{ outcome: ScoringOutcome; isAlarming?: boolean }> {
  const review = await ports.readReview(reviewId);
  if (review === undefined || !isToScore(review)) return { outcome: 'NOTHING_TO_DO' };
  const score = await scoreOf(review, rules, ports);
  if (score === 'WAITING') return { outcome: score };
  if (!(await ports.storeScore(reviewId, score))) return { outcome: 'NOTHING_TO_DO' };
  const isAlarming = score.sentimentStatus === 'SCORED' && score.isAlarming;
  return { outcome: score.sentimentStatus, ...(isAlarming && { isAlarming }) };
}

async function scoreOf(review: Review, rules: ScoringRules, ports: ScoringPorts): Promise<Score | 'WAITING'> {
  try {
    const readable = await readableOf(review, rules, ports);
    if (readable === 'WAITING') return readable;
    if (readable === undefined) return withoutScore(review);
    // A translation may be longer than what it was made of.
    const scored = await ports.scoreSentiment(cutToBytes(readable.text, maxTextBytes), readable.language);
    const isAlarming = scored.sentiment === 'NEGATIVE' && scored.score >= rules.negativeThreshold;
    return { sentimentStatus: 'SCORED', scored, isAlarming };
  } catch (error) {
    if (!(error instanceof UnusableTextError)) throw error;
    return { sentimentStatus: 'FAILED', sentimentReason: error.message };
  }
}

interface Readable {
  readonly text: string;
  readonly language: ScoredLanguage;
}

/** The text to score; undefined when there is none in a language that can be scored, and none will come. */
async function readableOf(
  review: Review,
  { translatesReviews }: ScoringRules,
  ports: ScoringPorts,
): Promise<Readable | 'WAITING' | undefined> {
  const language = review.language ?? (await ports.detectLanguage(review.text))?.language;
  const own = language === undefined ? undefined : scoredAs(language);
  if (own !== undefined) return { text: review.text, language: own };
  if (translatesReviews && isOpen(review.translationStatus)) return 'WAITING';
  // As it was translated, perhaps on a day when the common language was another one.
  const { translatedText, translatedLanguage } = review;
  const common = translatedLanguage === undefined ? undefined : scoredAs(translatedLanguage);
  if (translatedText === undefined || common === undefined) return undefined;
  return { text: translatedText, language: common };
}

/** Where the translation failed it may yet come: an operator has both taken up again. */
const withoutScore = (review: Review): Score =>
  review.translationStatus === 'FAILED'
    ? { sentimentStatus: 'FAILED', sentimentReason: 'It was not translated into a language that can be scored' }
    : { sentimentStatus: 'UNSUPPORTED_LANGUAGE' };
