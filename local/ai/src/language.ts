import { createJobQueue, type Timed } from './job-queue.ts';
import { type ModelState, type ModelThreadEvents, startModelThread } from './model-thread.ts';
import type { ScoredLanguage, SentimentScore } from './sentiment.ts';

export type LanguageModel = 'language' | 'sentiment';

/** With a language the question is what the text feels, without one which language it is in. */
export interface LanguageQuestion {
  text: string;
  language?: ScoredLanguage;
}

export interface DominantLanguage {
  LanguageCode: string;
  Score: number;
}

export interface Language {
  /**
   * Both wait for their turn and for their model. A text without letters has no language.
   *
   * @param signal takes the text out of the queue
   * @throws QueueFullError, or an Error when the thread died
   */
  detect(text: string, signal: AbortSignal): Promise<Timed<DominantLanguage[]>>;
  score(text: string, language: ScoredLanguage, signal: AbortSignal): Promise<Timed<SentimentScore>>;
  readonly models: Readonly<Record<LanguageModel, ModelState>>;
  readonly waiting: number;
  stop(): Promise<void>;
}

const maxWaiting = 256;
/** Languages less probable than this are not named. */
const minScore = 0.1;

/** Starts the thread with the models. @param workerFile for tests */
export function startLanguage(
  events: ModelThreadEvents<LanguageModel> = {},
  workerFile = new URL('./language-worker.ts', import.meta.url),
): Language {
  const queue = createJobQueue(maxWaiting);
  const thread = startModelThread<LanguageModel, LanguageQuestion>(workerFile, ['language', 'sentiment'], events);

  async function detect(text: string): Promise<DominantLanguage[]> {
    const scores = (await thread.compute('language', { text })) as Record<string, number>;
    return Object.entries(scores)
      .map(([LanguageCode, Score]) => ({ LanguageCode, Score }))
      .filter(({ Score }) => Score >= minScore)
      .sort((one, other) => other.Score - one.Score);
  }

  return {
    detect: (text, signal) => queue.run(() => detect(text), signal),
    score: (text, language, signal) =>
      queue.run(async () => (await thread.compute('sentiment', { text, language })) as SentimentScore, signal),
    models: thread.models,
    get waiting() {
      return queue.waiting;
    },
    stop: thread.stop,
  };
}
