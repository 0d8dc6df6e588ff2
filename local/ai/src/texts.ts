import type { JsonObject } from './fields.ts';
import type { Call } from './operations.ts';
import {
  type Act,
  act,
  isNumber,
  isOneOf,
  parseAct,
  parseAnswers,
  requireMembers,
  requireThat,
  timeoutMs,
} from './script.ts';
import { type Sentiment, sentiments } from './sentiment.ts';

export type TextOperation = 'DetectDominantLanguage' | 'DetectSentiment' | 'TranslateText';

/** What a marked text makes the server do. With none of a fault and a result the models answer. */
export interface TextAnswer extends Act {
  /** Only for this operation. Without it an answer with a result is for the operation that has such a result. */
  operation?: TextOperation;
  /** How often an operation gets it for a text: once for a fault or delay, always for a result, unless given. */
  times?: number;
  language?: string;
  sentiment?: Sentiment;
  translatedText?: string;
}

export interface TextScript {
  marker: string;
  answers: TextAnswer[];
  /** How often each operation was asked about texts with the marker. */
  asked: Partial<Record<TextOperation, number>>;
}

export interface Texts {
  /** @throws InvalidScriptError */
  put(marker: string, body: unknown): TextScript;
  get(marker: string): TextScript | undefined;
  delete(marker: string): void;
  /**
   * What the script of the marker in the text says, if there is one. Each text with the marker is counted on its own.
   *
   * @throws ServiceError for a fault, HangUpError after a timeout, the signal's reason when the client has gone
   */
  answerFor(operation: TextOperation, text: string, call: Call): Promise<TextAnswer | undefined>;
}

/** Long enough not to be met in a text that nobody has marked. */
const markerPattern = /^[A-Za-z0-9]{8,64}$/;
const maxTimes = 1000;

type Used = Map<string, Map<TextAnswer, number>>;

/** @param holdMs how long a `timeout` holds the connection of a client that stays */
export function createTexts(holdMs = timeoutMs): Texts {
  const scripts = new Map<string, TextScript & { used: Used }>();

  return {
    put(marker, body) {
      requireThat(markerPattern.test(marker), 'A marker is eight to 64 letters and digits.');
      const script = { marker, answers: parseAnswers(body, parseAnswer), asked: {}, used: new Map() };
      scripts.set(marker, script);
      return withoutUse(script);
    },
    get(marker) {
      const script = scripts.get(marker);
      return script && withoutUse(script);
    },
    delete: (marker) => void scripts.delete(marker),
    async answerFor(operation, text, call) {
      const script = scripts.values().find(({ marker }) => text.includes(marker));
      if (!script) return undefined;
      script.asked[operation] = (script.asked[operation] ?? 0) + 1;
      const answer = nextAnswer(script, operation, text);
      if (!answer) return undefined;
      call.note({ marker: script.marker, ...(answer.fault && { fault: answer.fault }) });
      await act(answer, call, holdMs);
      return answer;
    },
  };
}

const withoutUse = ({ marker, answers, asked }: TextScript): TextScript => ({ marker, answers, asked: { ...asked } });

/** The first answer that concerns the operation and has been given to it for this text less often than it is to be. */
function nextAnswer({ answers, used }: TextScript & { used: Used }, operation: TextOperation, text: string) {
  const key = `${operation} ${text}`;
  const counts = used.get(key) ?? new Map<TextAnswer, number>();
  used.set(key, counts);
  const answer = answers.find(
    (each) => operationOf(each, operation) === operation && (counts.get(each) ?? 0) < (each.times ?? usualTimes(each)),
  );
  if (answer) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return answer;
}

const usualTimes = (answer: TextAnswer) => (resultOf(answer) ? Number.POSITIVE_INFINITY : 1);

/** Which member each operation has its result in. */
const results = {
  DetectDominantLanguage: 'language',
  DetectSentiment: 'sentiment',
  TranslateText: 'translatedText',
} as const;
const operations = Object.keys(results) as TextOperation[];

const resultOf = (answer: TextAnswer) => operations.find((operation) => answer[results[operation]] !== undefined);
const operationOf = (answer: TextAnswer, asked: TextOperation) => answer.operation ?? resultOf(answer) ?? asked;

function parseAnswer(answer: JsonObject, at: string): TextAnswer {
  requireMembers(answer, at, ['operation', 'times', 'delayMs', 'fault', ...Object.values(results)]);
  const { operation, times, language, sentiment, translatedText } = answer;
  requireThat(isOneOf(operation, operations), `${at}.operation must be one of ${operations.join(', ')}.`);
  requireThat(times === undefined || isCount(times), `${at}.times must be an integer from 1 to ${maxTimes}.`);
  requireThat(language === undefined || isText(language), `${at}.language must be the code of a language.`);
  requireThat(isOneOf(sentiment, sentiments), `${at}.sentiment must be one of ${sentiments.join(', ')}.`);
  requireThat(translatedText === undefined || isText(translatedText), `${at}.translatedText must be a text.`);
  const parsed = {
    ...parseAct(answer, at),
    ...(operation !== undefined && { operation: operation as TextOperation }),
    ...(times !== undefined && { times: times as number }),
    ...(language !== undefined && { language: language as string }),
    ...(sentiment !== undefined && { sentiment: sentiment as Sentiment }),
    ...(translatedText !== undefined && { translatedText: translatedText as string }),
  };
  const given = operations.filter((each) => parsed[results[each]] !== undefined);
  requireThat(given.length + (parsed.fault ? 1 : 0) <= 1, `${at} may have one fault or one result.`);
  requireThat(
    given.every((each) => operation === undefined || operation === each),
    `${at} has a result of ${given[0]} for ${operation}.`,
  );
  return parsed;
}

const isCount = (value: unknown) => Number.isInteger(value) && isNumber(value, 1, maxTimes);
const isText = (value: unknown) => typeof value === 'string' && value !== '';
