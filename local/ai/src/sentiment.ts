export const sentiments = ['POSITIVE', 'NEGATIVE', 'NEUTRAL', 'MIXED'] as const;
export type Sentiment = (typeof sentiments)[number];

export interface SentimentScore {
  Positive: number;
  Negative: number;
  Neutral: number;
  Mixed: number;
}

/** Languages that the models have words of. Of traditional Chinese (zh-TW) there are emoji only. */
export const scoredLanguages = ['en', 'es', 'fr', 'de', 'it', 'pt', 'ar', 'hi', 'ja', 'ko', 'zh'] as const;
export type ScoredLanguage = (typeof scoredLanguages)[number];

/** Words that turn a sentence round; what follows them may be of the opposite opinion. */
const turns: Partial<Record<ScoredLanguage, string>> = {
  en: 'but|however|although|though|yet',
  es: 'pero|aunque|sin embargo',
  fr: 'mais|bien que|cependant|pourtant',
  de: 'aber|obwohl|jedoch|allerdings',
  it: 'ma|però|anche se|tuttavia',
  pt: 'mas|porém|embora|no entanto',
};

/** The parts of a text that have one opinion each. */
export function clausesOf(text: string, language: ScoredLanguage): string[] {
  const turn = turns[language];
  const breaks = ['(?<=[.!?;؟।])\\s+', '(?<=[。！？；])', '[,،、，]\\s*'];
  if (turn) breaks.push(`(?<![\\p{L}\\p{N}])(?:${turn})(?![\\p{L}\\p{N}])`);
  return text.split(new RegExp(breaks.join('|'), 'iu')).filter((clause) => /\S/.test(clause));
}

/**
 * What clauses make of a text, from the sums of the values of their words: the best and the worst clause count, and both
 * together make it mixed. The figures were chosen by hand on forty English reviews.
 */
export function judge(sums: number[]): SentimentScore {
  const strengths = sums.map(strength);
  const best = Math.max(0, ...strengths);
  const worst = Math.max(0, ...strengths.map((each) => -each));
  const whole = strength(sums.reduce((total, each) => total + each, 0));
  const weights: SentimentScore = {
    Positive: Math.max(0, best - worst) + 0.3 * Math.max(0, whole) + 0.01,
    Negative: Math.max(0, worst - best) + 0.3 * Math.max(0, -whole) + 0.01,
    Neutral: 4 * Math.max(0, 0.25 - Math.max(best, worst)) + 0.02,
    Mixed: 2.2 * Math.min(best, worst) + 0.01,
  };
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return {
    Positive: weights.Positive / total,
    Negative: weights.Negative / total,
    Neutral: weights.Neutral / total,
    Mixed: weights.Mixed / total,
  };
}

/** From -1 to 1: the more words say the same, the less each adds. */
const strength = (sum: number) => sum / Math.sqrt(sum ** 2 + 15);

/** The sentiment with the highest score. */
export function prevailing({ Positive, Negative, Neutral, Mixed }: SentimentScore): Sentiment {
  const scores: [Sentiment, number][] = [
    ['POSITIVE', Positive],
    ['NEGATIVE', Negative],
    ['NEUTRAL', Neutral],
    ['MIXED', Mixed],
  ];
  return scores.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}
