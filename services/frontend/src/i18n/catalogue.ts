/** English is complete and always there; every other language is loaded when it is chosen. */
import { messages as core } from './core.en.ts';
import { messages as reviews } from './reviews.en.ts';
import { messages as uploads } from './uploads.en.ts';

/** A text with `{name}` placeholders, or one for each plural category that English tells apart. */
export type Message = string | { readonly one: string; readonly other: string; readonly [category: string]: string };

export const english = { ...core, ...reviews, ...uploads };
export type MessageKey = keyof typeof english;
export type Messages = Readonly<Record<string, Message>>;

/** The type of a language's file: the keys of the English one, no more and no fewer. */
export type Translation<English> = { readonly [Key in keyof English]: Message };

type Loader = () => Promise<{ messages: Messages }>;

const files = import.meta.glob<{ messages: Messages }>(['./*.*.ts', '!./*.en.ts']);

/** Loaders of the files of each language, by its tag: `uploads.es.ts` is one of `es`. */
export const loaders = new Map<string, Loader[]>();
for (const [path, load] of Object.entries(files)) {
  const language = path.split('.').at(-2) ?? '';
  loaders.set(language, [...(loaders.get(language) ?? []), load]);
}
