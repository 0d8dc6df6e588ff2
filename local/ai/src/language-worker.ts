/**
 * Owns the models of language, in a thread of its own: they take half a second to load. An error ends the thread, and
 * model-thread.ts starts another.
 */
import { parentPort } from 'node:worker_threads';
import type { LanguageModel, LanguageQuestion } from './language.ts';
import type { FromWorker, ToWorker } from './model-thread.ts';
import { packages, require } from './packages.ts';
import { clausesOf, judge, type ScoredLanguage, type SentimentScore } from './sentiment.ts';
import { loadWordList, type SumUp } from './word-lists.ts';

const tell = (message: FromWorker<LanguageModel>) => parentPort?.postMessage(message);

async function load<T>(name: LanguageModel, loader: () => T | Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const model = await loader();
  tell({ loaded: name, ms: Math.round(performance.now() - startedAt) });
  return model;
}

interface Detector {
  eld: { detect(text: string): { getScores(): Record<string, number> } };
}

/** Languages by their code, with the probability that the text is in each. */
async function loadDetector(): Promise<(text: string) => Record<string, number>> {
  const { eld }: Detector = await import(packages.language);
  return (text) => probabilities(eld.detect(text).getScores());
}

/** What eld says are similarities, close to each other; this far apart a plain sentence has 0.9 and more. */
const sharpness = 20;

function probabilities(similarities: Record<string, number>): Record<string, number> {
  const weights = Object.entries(similarities).map(([language, value]): [string, number] => [
    language,
    Math.exp(sharpness * value),
  ]);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return Object.fromEntries(weights.map(([language, weight]) => [language, weight / total]));
}

function loadSentiment(): (text: string, language: ScoredLanguage) => SentimentScore {
  const english: (text: string) => { score: number } = require(packages.english);
  const lists = new Map<ScoredLanguage, SumUp>([['en', (clause) => english(clause).score]]);
  const sumUpIn = (language: ScoredLanguage) => {
    const known = lists.get(language) ?? loadWordList(language);
    lists.set(language, known);
    return known;
  };
  return (text, language) => judge(clausesOf(text, language).map(sumUpIn(language)));
}

const detector = load('language', loadDetector);
const sentiment = detector.then(() => load('sentiment', loadSentiment));

parentPort?.on('message', async ({ id, input }: ToWorker<LanguageModel, LanguageQuestion>) => {
  const { text, language } = input;
  tell({ id, result: language ? (await sentiment)(text, language) : (await detector)(text) });
});
