import type { Review } from './review-types.ts';

export interface Reading {
  readonly text: string;
  /** Undefined while it is not known. */
  readonly language: string | undefined;
  readonly isTranslation: boolean;
}

/** A review as it is read first, and what one may change to. */
export interface Readings {
  readonly first: Reading;
  readonly other?: Reading;
}

const base = (language: string | undefined) => language?.split('-')[0];

/** Whether who reads the one reads the other: es-MX and es. */
export const isReadAs = (language: string | undefined, reader: string): boolean => base(language) === base(reader);

/** What is in the reader's language comes first, the author's own words before a machine's. */
export function readingsOf({ text, language, translatedText, translatedLanguage }: Review, reader: string): Readings {
  const original = { text, language, isTranslation: false };
  if (translatedText === undefined || isReadAs(language, reader)) return { first: original };
  const translation = { text: translatedText, language: translatedLanguage, isTranslation: true };
  return isReadAs(translatedLanguage, reader)
    ? { first: translation, other: original }
    : { first: original, other: translation };
}
