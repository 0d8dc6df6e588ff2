import { type Fields, readFields } from './fields.ts';
import { QueueFullError, type Timed } from './job-queue.ts';
import type { DominantLanguage, Language } from './language.ts';
import type { Call, Operations } from './operations.ts';
import { prevailing, type ScoredLanguage, type Sentiment, type SentimentScore, scoredLanguages } from './sentiment.ts';
import { ServiceError } from './service-error.ts';
import type { Texts } from './texts.ts';

// https://docs.aws.amazon.com/comprehend/latest/dg/guidelines-and-limits.html
const maxLanguageBytes = 100_000;
const maxBytes = 5000;
const maxDocuments = 25;
/** In the order in which the service names them. */
const languageCodes = ['ar', 'hi', 'ko', 'zh-TW', 'ja', 'zh', 'de', 'pt', 'en', 'it', 'fr', 'es'];

interface SentimentResult {
  Sentiment: Sentiment;
  SentimentScore: SentimentScore;
}

/** Says which language a text is in, as Comprehend does for its own callers and for Amazon Translate. */
export async function detectLanguages(
  text: string,
  language: Language,
  texts: Texts,
  call: Call,
): Promise<DominantLanguage[]> {
  const forced = (await texts.answerFor('DetectDominantLanguage', text, call))?.language;
  return forced ? [{ LanguageCode: forced, Score: 0.99 }] : computed(language.detect(text, call.signal), call);
}

/** The operations of Amazon Comprehend that find out a text's language and what it feels. */
export function comprehend(language: Language, texts: Texts): Operations {
  async function detect(text: string, call: Call): Promise<{ Languages: DominantLanguage[] }> {
    const Languages = await detectLanguages(text, language, texts, call);
    call.note({ languages: Languages.map(({ LanguageCode, Score }) => `${LanguageCode} ${Score.toFixed(2)}`) });
    return { Languages };
  }

  async function score(text: string, code: string, call: Call): Promise<SentimentResult> {
    const forced = (await texts.answerFor('DetectSentiment', text, call))?.sentiment;
    const scores = forced ? scoresOf(forced) : await computed(language.score(text, modelOf(code), call.signal), call);
    const sentiment = prevailing(scores);
    call.note({ forced: forced !== undefined, language: code, sentiment });
    return { Sentiment: sentiment, SentimentScore: scores };
  }

  return {
    'Comprehend_20171127.DetectDominantLanguage': async (input, call) => {
      const text = readFields(input, readText);
      requireSize(text, maxLanguageBytes);
      return detect(text, call);
    },

    'Comprehend_20171127.DetectSentiment': async (input, call) => {
      const { text, code } = readFields(input, (fields) => ({ text: readText(fields), code: readLanguage(fields) }));
      requireSize(text, maxBytes);
      return score(text, code, call);
    },

    'Comprehend_20171127.BatchDetectDominantLanguage': async (input, call) => {
      const list = readFields(input, readTexts);
      return batch(list, (text) => detect(text, call));
    },

    'Comprehend_20171127.BatchDetectSentiment': async (input, call) => {
      const { list, code } = readFields(input, (fields) => ({ list: readTexts(fields), code: readLanguage(fields) }));
      return batch(list, (text) => score(text, code, call));
    },
  };
}

/** Each text by itself: one that fails is in ErrorList, and the others have their results. */
async function batch(list: string[], run: (text: string) => Promise<object>): Promise<object> {
  if (list.length > maxDocuments) {
    throw new ServiceError(
      'BatchSizeLimitExceededException',
      `Batch size exceeds limit. Max number of documents allowed is ${maxDocuments} while in this request there are ${list.length}`,
    );
  }
  for (const text of list) requireSize(text, maxBytes);
  const settled = await Promise.allSettled(list.map(run));
  const ResultList: object[] = [];
  const ErrorList: object[] = [];
  for (const [Index, result] of settled.entries()) {
    if (result.status === 'fulfilled') ResultList.push({ Index, ...result.value });
    else if (!(result.reason instanceof ServiceError)) throw result.reason;
    else ErrorList.push({ Index, ErrorCode: result.reason.name, ErrorMessage: result.reason.message });
  }
  return { ResultList, ErrorList };
}

function readText(fields: Fields): string {
  const text = fields.text('Text', { min: 1 });
  if (text === undefined) fields.refuse('Text', 'not be null');
  return text ?? '';
}

function readTexts(fields: Fields): string[] {
  const list = fields.texts('TextList', { min: 1, maxItems: Number.POSITIVE_INFINITY });
  if (!list) fields.refuse('TextList', 'not be null');
  if (list?.length === 0) fields.refuse('TextList', 'have length greater than or equal to 1', '[]');
  return list ?? [];
}

function readLanguage(fields: Fields): string {
  const code = fields.text('LanguageCode', { oneOf: languageCodes });
  if (code === undefined) fields.refuse('LanguageCode', 'not be null');
  return code ?? '';
}

function modelOf(code: string): ScoredLanguage {
  const found = scoredLanguages.find((each) => each === code);
  if (!found) throw new ServiceError('UnsupportedLanguageException', `There is no local model for ${code}.`);
  return found;
}

/** @throws ServiceError as both services word it */
export function requireSize(text: string, max: number): void {
  const size = Buffer.byteLength(text);
  if (size <= max) return;
  throw new ServiceError(
    'TextSizeLimitExceededException',
    `Input text size exceeds limit. Max length of request text allowed is ${max} bytes while in this request the text size is ${size} bytes`,
  );
}

/** What a script's sentiment is as scores. */
function scoresOf(sentiment: Sentiment): SentimentScore {
  const score = (name: Sentiment) => (name === sentiment ? 0.97 : 0.01);
  return {
    Positive: score('POSITIVE'),
    Negative: score('NEGATIVE'),
    Neutral: score('NEUTRAL'),
    Mixed: score('MIXED'),
  };
}

/** Waits for a model; its errors become the service's. */
async function computed<T>(job: Promise<Timed<T>>, call: Call): Promise<T> {
  try {
    const { value, waitedMs, computedMs } = await job;
    call.note({ waitedMs: Math.round(waitedMs), computedMs: Math.round(computedMs) });
    return value;
  } catch (error) {
    if (error instanceof QueueFullError) throw new ServiceError('ThrottlingException', undefined, { cause: error });
    throw new ServiceError('InternalServerException', undefined, { cause: error });
  }
}
