import {
  ComprehendClient,
  ComprehendServiceException,
  DetectDominantLanguageCommand,
  DetectSentimentCommand,
} from '@aws-sdk/client-comprehend';
import { TranslateClient, TranslateServiceException, TranslateTextCommand } from '@aws-sdk/client-translate';
import { type LanguageServices, ServiceFaultError, UnusableTextError } from '../domain/language-services.ts';
import { type Sentiment, sentiments } from '../domain/review.ts';
import { patience } from './patience.ts';

const comprehend = new ComprehendClient(patience);
const translate = new TranslateClient(patience);

/** Errors that say that the text, not the service or our right to call it, is at fault. */
const faultsOfText = new Set([
  'TextSizeLimitExceededException',
  'InvalidRequestException',
  'UnsupportedLanguageException',
  'DetectedLanguageLowConfidenceException',
  'ValidationException',
]);

/** Errors of a service that is reached and fails; others with the status 500 count, too. */
const faultsOfService = new Set([
  'InternalServerException',
  'InternalServerError',
  'InternalFailure',
  'ServiceUnavailableException',
  'ServiceUnavailable',
]);

const scoreKeys = { POSITIVE: 'Positive', NEGATIVE: 'Negative', NEUTRAL: 'Neutral', MIXED: 'Mixed' } as const;

/** Amazon Comprehend and Amazon Translate. */
export const languageServices: LanguageServices = {
  async detectLanguage(text) {
    const { Languages = [] } = await usable(comprehend.send(new DetectDominantLanguageCommand({ Text: text })));
    const [best] = Languages.toSorted((a, b) => (b.Score ?? 0) - (a.Score ?? 0));
    return best?.LanguageCode ? { language: best.LanguageCode, score: best.Score ?? 0 } : undefined;
  },

  async translate(text, from, to) {
    try {
      const { TranslatedText } = await usable(
        translate.send(new TranslateTextCommand({ Text: text, SourceLanguageCode: from, TargetLanguageCode: to })),
      );
      return TranslatedText || undefined;
    } catch (error) {
      if (error instanceof Error && error.name === 'UnsupportedLanguagePairException') return undefined;
      throw error;
    }
  },

  async scoreSentiment(text, language) {
    const { Sentiment: found, SentimentScore = {} } = await usable(
      comprehend.send(new DetectSentimentCommand({ Text: text, LanguageCode: language })),
    );
    if (!isSentiment(found)) throw new UnusableTextError(`Comprehend answered an unknown sentiment: ${found}`);
    return { sentiment: found, score: SentimentScore[scoreKeys[found]] ?? 0 };
  },
};

const isSentiment = (value: string | undefined): value is Sentiment =>
  (sentiments as readonly (string | undefined)[]).includes(value);

const isFaultOfService = (error: Error): boolean =>
  faultsOfService.has(error.name) ||
  ((error instanceof ComprehendServiceException || error instanceof TranslateServiceException) &&
    error.$metadata.httpStatusCode === 500 &&
    !/throttl/i.test(error.name));

async function usable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && faultsOfText.has(error.name))
      throw new UnusableTextError(`${error.name}: ${error.message}`, { cause: error });
    if (error instanceof Error && isFaultOfService(error))
      throw new ServiceFaultError(`${error.name}: ${error.message}`, { cause: error });
    throw error;
  }
}
