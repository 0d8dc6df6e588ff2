import { detectLanguages, requireSize } from './comprehend.ts';
import { type Fields, type JsonObject, readFields } from './fields.ts';
import { QueueFullError } from './job-queue.ts';
import type { Language } from './language.ts';
import type { Call, Operations } from './operations.ts';
import { ServiceError } from './service-error.ts';
import type { Texts } from './texts.ts';
import { type Translator, UnsupportedPairError } from './translator.ts';

// https://docs.aws.amazon.com/translate/latest/dg/what-is-limits.html
const maxBytes = 10_000;
/** Below this the language that was found is not taken. */
const minConfidence = 0.5;

/** The operation of Amazon Translate that answers at once. */
export function translate(translator: Translator, language: Language, texts: Texts): Operations {
  async function sourceOf(text: string, code: string, call: Call): Promise<string> {
    if (code !== 'auto') return code;
    const [found] = await detectLanguages(text, language, texts, call);
    if (found && found.Score >= minConfidence) return found.LanguageCode;
    throw new ServiceError(
      'DetectedLanguageLowConfidenceException',
      'The confidence that the source language was detected correctly is low.',
      { members: found ? { DetectedLanguageCode: found.LanguageCode } : {} },
    );
  }

  return {
    'AWSShineFrontendService_20170701.TranslateText': async (input, call) => {
      const { text, from, to } = readRequest(input);
      requireSize(text, maxBytes);
      const forced = (await texts.answerFor('TranslateText', text, call))?.translatedText;
      const source = await sourceOf(text, from, call);
      call.note({ forced: forced !== undefined, from: source, to });
      const startedAt = performance.now();
      const translated = forced ?? (await computed(translator.translate(text, source, to), source, to));
      call.note({ computedMs: Math.round(performance.now() - startedAt) });
      return { TranslatedText: translated, SourceLanguageCode: source, TargetLanguageCode: to };
    },
  };
}

function readRequest(input: JsonObject) {
  const request = readFields(input, (fields) => ({
    text: readMember(fields, 'Text', {}),
    from: readMember(fields, 'SourceLanguageCode', { min: 2, max: 5 }),
    to: readMember(fields, 'TargetLanguageCode', { min: 2, max: 5 }),
    isCustom: fields.has('TerminologyNames') || fields.has('Settings'),
  }));
  // Leaving them out of the work would look as if they had been heeded.
  if (request.isCustom) {
    throw new ServiceError('InvalidRequestException', 'TerminologyNames and Settings do not exist locally.');
  }
  return request;
}

function readMember(fields: Fields, name: string, limits: { min?: number; max?: number }): string {
  const value = fields.text(name, { min: 1, ...limits });
  if (value === undefined) fields.refuse(name, 'not be null');
  return value ?? '';
}

/** Waits for Apertium; its errors become the service's. */
async function computed(job: Promise<string>, source: string, target: string): Promise<string> {
  try {
    return await job;
  } catch (error) {
    if (error instanceof UnsupportedPairError) {
      throw new ServiceError('UnsupportedLanguagePairException', `Unsupported language pair: ${source} to ${target}.`, {
        members: { SourceLanguageCode: source, TargetLanguageCode: target },
      });
    }
    if (error instanceof QueueFullError) throw new ServiceError('ThrottlingException', undefined, { cause: error });
    throw new ServiceError('InternalServerException', undefined, { cause: error });
  }
}
