import { shallowRef } from 'vue';
import { english, loaders, type Message, type MessageKey, type Messages } from './catalogue.ts';

export type { MessageKey } from './catalogue.ts';

type Parameters = Readonly<Record<string, string | number>>;

export const languages: readonly string[] = ['en', ...loaders.keys()];
const storageKey = 'happy-path-language';

const current = shallowRef<{ language: string; locale: string; messages: Messages }>({
  language: 'en',
  locale: 'en',
  messages: english,
});

/** The chosen language, else the first of the browser's that there is, else English. */
export function preferredLanguage(): string {
  const wanted = [readChoice(), ...navigator.languages].map((tag) => tag?.split('-')[0]);
  return wanted.find((language) => language !== undefined && languages.includes(language)) ?? 'en';
}

/** Loads a language and shows everything in it. */
export async function setLanguage(language: string): Promise<void> {
  const parts = await Promise.all((loaders.get(language) ?? []).map((load) => load()));
  const messages = Object.assign({}, english, ...parts.map((part) => part.messages));
  current.value = { language, locale: localeOf(language), messages };
  document.documentElement.lang = language;
}

/** Loads a language because the visitor asked for it: it is there at the next visit, too. */
export async function chooseLanguage(language: string): Promise<void> {
  await setLanguage(language);
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/**
 * The browser's own variant of the language, for dates and numbers: en-GB writes them unlike en-US. A browser under the
 * locale POSIX calls itself `en-US@posix`, which is no language tag.
 */
const localeOf = (language: string): string =>
  navigator.languages.find((tag) => tag.split('-')[0] === language && isLanguageTag(tag)) ?? language;

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** The text for a key in the current language. A message with plurals takes its category from `count`. */
export function t(key: MessageKey, parameters: Parameters = {}): string {
  const { messages } = current.value;
  const message = messages[key] ?? english[key];
  return choose(message, parameters).replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = parameters[name];
    if (value === undefined) return placeholder;
    return typeof value === 'number' ? number(value) : value;
  });
}

function choose(message: Message, { count }: Parameters): string {
  if (typeof message === 'string') return message;
  const category = new Intl.PluralRules(current.value.locale).select(Number(count));
  return message[category] ?? message.other;
}

export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(current.value.locale, options).format(value);
}

/** A point in time, in the visitor's zone. */
export function date(value: string | number | Date, options?: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(current.value.locale, options ?? { dateStyle: 'long' }).format(new Date(value));
}

export function dateTime(value: string | number | Date): string {
  return date(value, { dateStyle: 'medium', timeStyle: 'short' });
}

/** Metres below one kilometre, else kilometres. */
export function distance(km: number): string {
  return km < 1
    ? number(Math.round(km * 100) * 10, { style: 'unit', unit: 'meter' })
    : number(km, { style: 'unit', unit: 'kilometer', maximumFractionDigits: 1 });
}

/** A size of a file, in units of 1000. */
export function bytes(value: number): string {
  return value < 1e6
    ? number(Math.max(1, Math.round(value / 1e3)), { style: 'unit', unit: 'kilobyte' })
    : number(value / 1e6, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
}

/** A language's name in itself: Español. */
export function languageName(language: string): string {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

/** A language's name in the current language: Spanish. What is no language tag stays as it is. */
export function nameOfLanguage(language: string): string {
  if (!isLanguageTag(language)) return language;
  return new Intl.DisplayNames(current.value.locale, { type: 'language' }).of(language) ?? language;
}

/** Everything that shows text uses these; what is rendered with them follows the language. */
export function useI18n() {
  return { t, number, date, dateTime, distance, bytes, nameOfLanguage, language: () => current.value.language };
}
