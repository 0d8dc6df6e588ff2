import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Pipeline, startPipeline } from './apertium.ts';

/** What Apertium calls each direction, the languages as Amazon Translate calls them, and the Debian package it comes with. */
const directions: [mode: string, from: string, to: string, debianPackage: string][] = [
  ['spa-eng', 'es', 'en', 'apertium-eng-spa'],
  ['eng-spa', 'en', 'es', 'apertium-eng-spa'],
  ['cat-eng', 'ca', 'en', 'apertium-eng-cat'],
  ['eng-cat', 'en', 'ca', 'apertium-eng-cat'],
  ['fr-es', 'fr', 'es', 'apertium-fr-es'],
  ['es-fr', 'es', 'fr', 'apertium-fr-es'],
  ['ita-spa', 'it', 'es', 'apertium-spa-ita'],
  ['spa-ita', 'es', 'it', 'apertium-spa-ita'],
  ['pt-es', 'pt', 'es', 'apertium-es-pt'],
  ['es-pt', 'es', 'pt', 'apertium-es-pt'],
];
/** Variants that are translated like the language itself. */
const variants: Record<string, string> = { 'es-MX': 'es', 'fr-CA': 'fr', 'pt-PT': 'pt' };

/** There is no way from one language to the other. */
export class UnsupportedPairError extends Error {
  override readonly name = 'UnsupportedPairError';
}

export interface Translator {
  /**
   * Directly, or by way of a third language.
   *
   * @throws UnsupportedPairError, QueueFullError, or an Error when Apertium failed
   */
  translate(text: string, from: string, to: string): Promise<string>;
  /** What can be translated now: `es-en`. Empty when Apertium is not installed. */
  pairs(): string[];
  /** The Debian packages of what cannot be. */
  missing(): string[];
  stop(): void;
}

/** Keeps a pipeline of Apertium for each direction that was asked for. @param modesFolder where Debian's packages put theirs */
export function createTranslator(modesFolder = '/usr/share/apertium/modes', start = startPipeline): Translator {
  const pipelines = new Map<string, Pipeline>();
  const fileOf = (mode: string) => join(modesFolder, `${mode}.mode`);
  // Looked at each time: Apertium may be installed while the server runs.
  const installed = () => directions.filter(([mode]) => existsSync(fileOf(mode)));

  function pipelineOf(mode: string): Pipeline {
    const running = pipelines.get(mode);
    if (running?.isAlive) return running;
    const started = start(fileOf(mode));
    pipelines.set(mode, started);
    return started;
  }

  return {
    async translate(text, from, to) {
      const modes = wayFrom(variants[from] ?? from, variants[to] ?? to, installed());
      if (!modes) throw new UnsupportedPairError(`${from} to ${to}`);
      let translated = text;
      for (const mode of modes) translated = await pipelineOf(mode).translate(translated);
      return translated;
    },
    pairs() {
      const known = installed();
      const languages = [...new Set(known.flatMap(([, from, to]) => [from, to]))];
      return languages.flatMap((from) =>
        languages.filter((to) => wayFrom(from, to, known)).map((to) => `${from}-${to}`),
      );
    },
    missing() {
      const known = installed();
      return [...new Set(directions.filter((each) => !known.includes(each)).map((each) => each[3]))];
    },
    stop() {
      for (const pipeline of pipelines.values()) pipeline.stop();
    },
  };
}

/** The modes to go through, one or two: what a third language leaves is of little use. */
function wayFrom(from: string, to: string, known: typeof directions): string[] | undefined {
  if (from === to) return undefined;
  const direct = known.find((each) => each[1] === from && each[2] === to);
  if (direct) return [direct[0]];
  for (const [first, , between] of known.filter((each) => each[1] === from)) {
    const second = known.find((each) => each[1] === between && each[2] === to);
    if (second) return [first, second[0]];
  }
  return undefined;
}
