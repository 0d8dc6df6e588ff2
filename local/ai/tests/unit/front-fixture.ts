import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type Cards, createCards } from '../../src/cards.ts';
import { comprehend } from '../../src/comprehend.ts';
import { createControl } from '../../src/control.ts';
import type { JsonObject } from '../../src/fields.ts';
import { createFront } from '../../src/front.ts';
import type { Label } from '../../src/general-labels.ts';
import type { ReadObject } from '../../src/images.ts';
import type { DominantLanguage, Language } from '../../src/language.ts';
import type { ModerationLabel } from '../../src/moderation-labels.ts';
import { rekognition } from '../../src/rekognition.ts';
import { judge, type SentimentScore } from '../../src/sentiment.ts';
import { ServiceError } from '../../src/service-error.ts';
import { createTexts, type Texts } from '../../src/texts.ts';
import { translate } from '../../src/translate.ts';
import { type Translator, UnsupportedPairError } from '../../src/translator.ts';
import type { Detection, ModerationScores, Vision } from '../../src/vision.ts';

const harmless: ModerationScores = { drawing: 0, hentai: 0, neutral: 1, porn: 0, sexy: 0 };
const timed = <T>(value: T) => ({ value, waitedMs: 1, computedMs: 2 });

interface Fakes {
  scores?: ModerationScores;
  detections?: Detection[];
  vision?: Partial<Vision>;
  objects?: Record<string, Buffer>;
  cards?: Cards;
  languages?: DominantLanguage[];
  score?: SentimentScore;
  language?: Partial<Language>;
  translator?: Partial<Translator>;
  texts?: Texts;
}

/** Members of any answer; a test looks at those of its own. */
export interface AnswerBody {
  Sentiment?: string;
  __type?: string;
  Message?: string;
  message?: string;
  Labels: Label[];
  ModerationLabels: ModerationLabel[];
}

/** Stands for the models: what they find is given. */
export function fakeVision({ scores = harmless, detections = [], vision = {} }: Fakes = {}): Vision {
  return {
    moderate: async () => timed(scores),
    detectObjects: async () => timed(detections),
    models: { moderation: 'ready', objects: 'ready' },
    waiting: 0,
    stop: async () => {},
    ...vision,
  };
}

/** Stands for the models of language. */
function fakeLanguage({ languages = [{ LanguageCode: 'en', Score: 0.99 }], score = judge([3]), language = {} }: Fakes) {
  return {
    detect: async () => timed(languages),
    score: async () => timed(score),
    models: { language: 'ready', sentiment: 'ready' },
    waiting: 0,
    stop: async () => {},
    ...language,
  } satisfies Language;
}

/** Stands for a machine without Apertium. */
const noTranslator: Translator = {
  translate: async (_text, from, to) => Promise.reject(new UnsupportedPairError(`${from} to ${to}`)),
  pairs: () => [],
  missing: () => [],
  stop: () => {},
};

/** The whole server but its models and S3, on a port of its own, until the test ends. */
export async function startFront(fakes: Fakes = {}) {
  const lines: JsonObject[] = [];
  const vision = fakeVision(fakes);
  const language = fakeLanguage(fakes);
  const translator = { ...noTranslator, ...fakes.translator };
  const cards = fakes.cards ?? createCards();
  const texts = fakes.texts ?? createTexts();
  const readObject: ReadObject = async ({ bucket, key, version }) => {
    const found = fakes.objects?.[[bucket, key, version].filter(Boolean).join('/')];
    if (!found) throw new ServiceError('InvalidS3ObjectException');
    return found;
  };
  const server = createFront({
    operations: {
      ...rekognition(readObject, vision, cards),
      ...comprehend(language, texts),
      ...translate(translator, language, texts),
    },
    control: createControl({ models: [vision, language], translator, cards, texts }),
    log: (line) => lines.push(line),
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  /** A call as it is on the wire. */
  async function call(operation: string, body: object | string, headers: Record<string, string | undefined> = {}) {
    const all = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': operation,
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/rekognition/aws4_request',
      ...headers,
    };
    const present = Object.entries(all).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : []));
    const response = await fetch(url, {
      method: 'POST',
      headers: present,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as AnswerBody };
  }
  const detectLabels = (input: object) => call('RekognitionService.DetectLabels', input);
  const detectModerationLabels = (input: object) => call('RekognitionService.DetectModerationLabels', input);

  return { url, lines, call, detectLabels, detectModerationLabels };
}

export const bytes = (image: Buffer) => ({ Image: { Bytes: image.toString('base64') } });

/** Polls until `isTrue`; a test that waits for ever says so by its timeout. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(5);
}
