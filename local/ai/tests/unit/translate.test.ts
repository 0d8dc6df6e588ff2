import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Pipeline, startPipeline } from '../../src/apertium.ts';
import { createTranslator, UnsupportedPairError } from '../../src/translator.ts';
import { startFront, until } from './front-fixture.ts';

async function translateServer(fakes: Parameters<typeof startFront>[0] = {}) {
  const { call, ...front } = await startFront(fakes);
  const ask = (Text: string, SourceLanguageCode: string, more = {}) =>
    call('AWSShineFrontendService_20170701.TranslateText', {
      Text,
      SourceLanguageCode,
      TargetLanguageCode: 'en',
      ...more,
    });
  return { ...front, ask };
}

const shouting = { translate: async (text: string, from: string, to: string) => `${from}>${to} ${text.toUpperCase()}` };

describe('TranslateText', () => {
  it('answers with the translation and the languages', async () => {
    const { ask } = await translateServer({ translator: shouting });
    expect((await ask('hola', 'es')).body).toEqual({
      TranslatedText: 'es>en HOLA',
      SourceLanguageCode: 'es',
      TargetLanguageCode: 'en',
    });
  });

  it('finds out the language when it is to', async () => {
    const { ask } = await translateServer({
      translator: shouting,
      languages: [{ LanguageCode: 'ca', Score: 0.9 }],
    });
    expect((await ask('hola', 'auto')).body).toMatchObject({ TranslatedText: 'ca>en HOLA', SourceLanguageCode: 'ca' });
  });

  it.each([
    ['is not sure of it', [{ LanguageCode: 'ca', Score: 0.4 }], { DetectedLanguageCode: 'ca' }],
    ['finds none', [], {}],
  ])('refuses a text when it %s', async (_what, languages, members) => {
    const { ask } = await translateServer({ translator: shouting, languages });
    const { status, body } = await ask('hola', 'auto');
    expect({ status, body }).toEqual({
      status: 400,
      body: { __type: 'DetectedLanguageLowConfidenceException', Message: expect.anything(), ...members },
    });
  });

  it('refuses a pair that there is no way between, and never answers with the text itself', async () => {
    const { ask } = await translateServer();
    const { status, body } = await ask('hola', 'es');
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        __type: 'UnsupportedLanguagePairException',
        Message: 'Unsupported language pair: es to en.',
        SourceLanguageCode: 'es',
        TargetLanguageCode: 'en',
      },
    });
  });

  it('takes 10,000 bytes and no more', async () => {
    const { ask } = await translateServer({ translator: shouting });
    expect((await ask('a'.repeat(10_000), 'es')).status).toBe(200);
    expect((await ask('é'.repeat(5001), 'es')).body.__type).toBe('TextSizeLimitExceededException');
  });

  it.each([
    ['an empty text', '', 'es', {}, 'ValidationException'],
    ['a code of one letter', 'hola', 'e', {}, 'ValidationException'],
    ['a terminology', 'hola', 'es', { TerminologyNames: ['ours'] }, 'InvalidRequestException'],
  ])('refuses %s', async (_what, text, source, more, type) => {
    const { ask } = await translateServer({ translator: shouting });
    expect((await ask(text, source, more)).body.__type).toBe(type);
  });

  it('fails when Apertium does', async () => {
    const translator = { translate: () => Promise.reject(new Error('ended with SIGKILL')) };
    const { ask, lines } = await translateServer({ translator });
    expect(await ask('hola', 'es')).toMatchObject({ status: 500, body: { __type: 'InternalServerException' } });
    expect(lines).toMatchObject([{ cause: 'Error: ended with SIGKILL' }]);
  });
});

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'modes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

describe('createTranslator', () => {
  async function translator(...modes: string[]) {
    const folder = await folderOf(Object.fromEntries(modes.map((mode) => [`${mode}.mode`, ''])));
    const started: string[] = [];
    const fake = (file: string): Pipeline => {
      started.push(file.slice(folder.length + 1, -'.mode'.length));
      return {
        isAlive: true,
        translate: async (text) => `${text} ${file.slice(folder.length + 1, -5)}`,
        stop: () => {},
      };
    };
    return { started, ...createTranslator(folder, fake) };
  }

  it('goes directly, and starts nothing twice', async () => {
    const { translate, started } = await translator('spa-eng', 'cat-eng');
    expect(await translate('hola', 'es', 'en')).toBe('hola spa-eng');
    expect(await translate('adiós', 'es', 'en')).toBe('adiós spa-eng');
    expect(started).toEqual(['spa-eng']);
  });

  it('goes by way of a third language, and takes a variant for the language', async () => {
    const { translate } = await translator('fr-es', 'spa-eng');
    expect(await translate('salut', 'fr-CA', 'en')).toBe('salut fr-es spa-eng');
  });

  it('says what it can, which is nothing where nothing is installed', async () => {
    expect((await translator('fr-es', 'spa-eng')).pairs()).toEqual(['es-en', 'fr-es', 'fr-en']);
    expect((await translator('cat-eng', 'eng-cat')).missing()).not.toContain('apertium-eng-cat');
    const { pairs, missing, translate } = await translator();
    expect(pairs()).toEqual([]);
    expect(missing()).toHaveLength(5);
    await expect(translate('hola', 'es', 'en')).rejects.toThrow(UnsupportedPairError);
  });

  it.each([
    ['es', 'es'],
    ['de', 'en'],
    ['en', 'es'],
  ])('knows no way from %s to %s', async (from, to) => {
    const { translate } = await translator('spa-eng', 'fr-es');
    await expect(translate('hola', from, to)).rejects.toThrow(UnsupportedPairError);
  });
});

describe('startPipeline', () => {
  /** Stands for the programs of Apertium: it answers each text that ends with a zero byte with what `script` makes of it. */
  async function pipeline(script: string) {
    const program = (body: string) => `#!${process.execPath}\n${body}`;
    const folder = await folderOf({ first: program(script), second: program('process.stdin.pipe(process.stdout);') });
    for (const name of ['first', 'second']) await chmod(join(folder, name), 0o755);
    await writeFile(join(folder, 'x.mode'), `'${folder}/first' $1 '/x.bin' | '${folder}/second' $2\n`);
    const started = startPipeline(join(folder, 'x.mode'));
    onTestFinished(() => started.stop());
    return started;
  }
  const echo = `process.stdin.on('data', (chunk) => process.stdout.write(chunk.toString().replaceAll('hola', 'hello')));`;

  it.each([
    ['what Apertium has a meaning for', 'hola ^a$ [b] {c} \\ /d/ @ <b>e</b>'],
    ['lines', 'hola\n\nsecond\r\nthird\n'],
    ['emoji and other scripts', 'hola 😀 مرحبا 你好'],
    ['a zero byte', 'hola\0.'],
  ])('brings through %s', async (_what, text) => {
    const { translate } = await pipeline(echo);
    expect(await translate(text)).toBe(text.replace('hola', 'hello').replace('\0', ' '));
  });

  it('keeps many texts apart', async () => {
    const { translate } = await pipeline(echo);
    const texts = Array.from({ length: 100 }, (_, i) => `hola ${i}`);
    expect(await Promise.all(texts.map(translate))).toEqual(texts.map((_, i) => `hello ${i}`));
  });

  it('fails what waits when a program ends', async () => {
    const started = await pipeline(`process.stdin.once('data', () => process.exit(3));`);
    await expect(started.translate('hola')).rejects.toThrow('ended');
    expect(started.isAlive).toBe(false);
  });

  it('ends its programs when it is stopped', async () => {
    const started = await pipeline(`process.stdin.on('data', () => process.stdout.write(process.pid + '\\0'));`);
    const pid = Number(await started.translate('hola'));
    started.stop();
    const isGone = () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    await until(isGone);
  });
});
