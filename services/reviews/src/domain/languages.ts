/**
 * Language codes that Amazon Translate takes (Developer Guide, "Supported languages and language codes"), less `auto`:
 * the languages that an author may name.
 */
export const knownLanguages = [
  'af',
  'sq',
  'am',
  'ar',
  'hy',
  'az',
  'bn',
  'bs',
  'bg',
  'ca',
  'zh',
  'zh-TW',
  'hr',
  'cs',
  'da',
  'fa-AF',
  'nl',
  'en',
  'et',
  'fa',
  'tl',
  'fi',
  'fr',
  'fr-CA',
  'ka',
  'de',
  'el',
  'gu',
  'ht',
  'ha',
  'he',
  'hi',
  'hu',
  'is',
  'id',
  'ga',
  'it',
  'ja',
  'kn',
  'kk',
  'ko',
  'lv',
  'lt',
  'mk',
  'ms',
  'ml',
  'mt',
  'mr',
  'mn',
  'no',
  'ps',
  'pl',
  'pt',
  'pt-PT',
  'pa',
  'ro',
  'ru',
  'sr',
  'si',
  'sk',
  'sl',
  'so',
  'es',
  'es-MX',
  'sw',
  'sv',
  'ta',
  'te',
  'th',
  'tr',
  'uk',
  'ur',
  'uz',
  'vi',
  'cy',
] as const;
export type KnownLanguage = (typeof knownLanguages)[number];

/** Languages whose sentiment Amazon Comprehend knows (Developer Guide, "Languages supported in Amazon Comprehend"). */
const scoredLanguages = ['ar', 'hi', 'ko', 'zh-TW', 'ja', 'zh', 'de', 'pt', 'en', 'it', 'fr', 'es'] as const;
export type ScoredLanguage = (typeof scoredLanguages)[number];

export const isKnownLanguage = (language: string): language is KnownLanguage =>
  (knownLanguages as readonly string[]).includes(language);

/** The code under which Comprehend scores a language: its own, or that of the language it is a variety of. */
export const scoredAs = (language: string): ScoredLanguage | undefined =>
  scoredLanguages.find((code) => code === language) ?? scoredLanguages.find((code) => code === baseOf(language));

/** Whether people who read the one read the other: `es-MX` and `es`, but not the two scripts of Chinese. */
export const isSameLanguage = (one: string, other: string): boolean =>
  one === other || (baseOf(one) === baseOf(other) && baseOf(one) !== 'zh');

const baseOf = (language: string): string => language.split('-')[0] ?? language;
