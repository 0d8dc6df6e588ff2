import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTranslator } from '../../src/translator.ts';
import { freePort, type Started, startServer, untilHealthy } from './server-fixture.ts';

let server: Started;

beforeAll(async () => {
  server = startServer(await freePort());
  await untilHealthy(server);
}, 60_000);

afterAll(() => {
  server.process.kill('SIGTERM');
});

/** Members of any answer; a test looks at those of its own. */
interface AnswerBody {
  Languages: { LanguageCode: string; Score: number }[];
  Sentiment: string;
  TranslatedText: string;
}

async function call(operation: string, input: object) {
  const response = await fetch(`http://127.0.0.1:${server.port}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': operation,
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/comprehend/aws4_request',
    },
    body: JSON.stringify(input),
  });
  return { status: response.status, body: (await response.json()) as AnswerBody };
}

describe('the language of', () => {
  it.each([
    ['en', 'Dirty toilets and no shade at all.', 'Great place!'],
    ['es', 'Un parque precioso, los niños disfrutaron mucho.', '¡Muy bonito!'],
    ['ca', "Un parc preciós, els nens s'ho van passar molt bé.", 'Molt bonic!'],
    ['fr', "Toilettes sales et pas d'ombre.", 'Très sympa !'],
    ['de', 'Gutes Essen, aber langsamer Service.', 'Sehr schön!'],
    ['it', 'Un parco bellissimo, i bambini si sono divertiti.', 'Molto bello!'],
    ['pt', 'Comida ótima, mas o serviço é demorado.', 'Barulho demais.'],
    ['ja', '素晴らしい公園で、子供たちはとても楽しみました。', 'ひどい店です。'],
  ])('%s is found, in two words too', async (language, ...texts) => {
    for (const Text of texts) {
      const { body } = await call('Comprehend_20171127.DetectDominantLanguage', { Text });
      expect(body.Languages[0]).toEqual({ LanguageCode: language, Score: expect.closeTo(0.8, 0.3) });
    }
  });

  it('figures and signs is none', async () => {
    expect((await call('Comprehend_20171127.DetectDominantLanguage', { Text: '10/10 !!! 😀' })).body).toEqual({
      Languages: [],
    });
  });
});

describe('the sentiment of', () => {
  it.each([
    ['POSITIVE', 'en', 'Best pizza in town, friendly staff and a wonderful terrace.'],
    ['NEGATIVE', 'en', 'Terrible experience. Rude waiter and the food was cold.'],
    ['NEUTRAL', 'en', 'The park is open from 9 to 18 and has two entrances.'],
    ['MIXED', 'en', 'The playground is wonderful, however the toilets are disgusting.'],
    ['POSITIVE', 'es', 'Excelente comida y un trato muy amable.'],
    ['NEGATIVE', 'es', 'Pésimo servicio, no volveremos nunca.'],
    ['MIXED', 'fr', 'Cuisine excellente mais service affreux.'],
    ['NEGATIVE', 'de', 'Schmutzige Toiletten und schlechter Service.'],
    ['POSITIVE', 'it', 'Cibo eccellente e personale gentile.'],
    ['NEGATIVE', 'pt', 'Banheiros sujos e serviço horrível.'],
    ['POSITIVE', 'ar', 'طعام رائع وموظفون ودودون.'],
    ['POSITIVE', 'hi', 'बढ़िया खाना और अच्छा स्टाफ।'],
    ['NEGATIVE', 'ja', 'トイレは汚くて、サービスは最悪でした。'],
    ['POSITIVE', 'ko', '훌륭한 음식과 친절한 직원.'],
    ['NEGATIVE', 'zh', '厕所很脏，服务很糟糕。'],
  ])('is %s, in %s: %s', async (sentiment, LanguageCode, Text) => {
    const { body } = await call('Comprehend_20171127.DetectSentiment', { Text, LanguageCode });
    expect(body.Sentiment).toBe(sentiment);
  });

  it('a text as long as it may be is found in a moment', async () => {
    const Text = 'El parque es bonito, y la comida horrible aunque los niños disfrutaron. '.repeat(68);
    const startedAt = performance.now();
    const { body } = await call('Comprehend_20171127.DetectSentiment', { Text, LanguageCode: 'es' });
    expect(body.Sentiment).toBe('MIXED');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

const translate = (Text: string, SourceLanguageCode: string, TargetLanguageCode = 'en') =>
  call('AWSShineFrontendService_20170701.TranslateText', { Text, SourceLanguageCode, TargetLanguageCode });

describe.runIf(createTranslator().pairs().length === 0)('without Apertium', () => {
  it('nothing is translated, and no text comes back as its own translation', async () => {
    expect(await translate('Muy bonito', 'auto')).toEqual({
      status: 400,
      body: {
        __type: 'UnsupportedLanguagePairException',
        Message: 'Unsupported language pair: es to en.',
        SourceLanguageCode: 'es',
        TargetLanguageCode: 'en',
      },
    });
  });
});

describe.runIf(createTranslator().missing().length === 0)('with Apertium', () => {
  it.each([
    ['es', 'Un parque precioso, los niños disfrutaron mucho.', 'A lovely park'],
    ['auto', 'Los baños estaban sucios y no había sombra.', 'The baths were'],
    ['ca', 'Un parc preciós, però el servei és lent.', 'A lovely park, but'],
    ['fr', 'Un parc magnifique, les enfants ont adoré.', 'park'],
    ['it', 'Un parco bellissimo', 'park'],
    ['pt', 'Um parque lindo', 'park'],
  ])('%s is translated: %s', async (from, text, expected) => {
    const { body } = await translate(text, from);
    expect(body.TranslatedText).toContain(expected);
  });

  it('what is no language comes through', async () => {
    const { body } = await translate(
      'Hay <b>mesas</b> [cerca] de ^hola$ /x/ \\ {y} @ fin.\nSegunda línea.\n\nTercera 😀',
      'es',
    );
    expect(body.TranslatedText).toBe(
      'There is <b>tables</b> [near] of ^hello$ /x/ \\ {and} @ end.\nSecond line.\n\nThird 😀',
    );
  });

  it('each of many at once has its own', async () => {
    const texts = Array.from({ length: 100 }, (_, i) => `Los baños ${i} estaban sucios.`);
    const translations = await Promise.all(texts.map((text) => translate(text, 'es')));
    for (const [i, { body }] of translations.entries()) expect(body.TranslatedText).toMatch(new RegExp(`\\b${i}\\b`));
  });

  it('goes on after Apertium was killed', async () => {
    await translate('hola', 'es');
    const { stdout } = spawnSync('pgrep', ['-P', String(server.process.pid)], { encoding: 'utf8' });
    const pids = stdout.trim().split('\n').map(Number);
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) process.kill(-pid, 'SIGKILL');
    await expect.poll(async () => (await translate('hola', 'es')).body.TranslatedText).toBe('hello');
  });
});
