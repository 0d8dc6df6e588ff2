import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { english, loaders, type Message } from '../../../src/i18n/catalogue.ts';
import { bytes, date, distance, languages, setLanguage, t } from '../../../src/i18n/i18n.ts';

afterEach(() => setLanguage('en'));

const forms = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message));
const placeholders = (message: Message): string[][] =>
  forms(message).map((text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort());

describe.each(languages.filter((language) => language !== 'en'))('%s', async (language) => {
  const parts = await Promise.all((loaders.get(language) ?? []).map((load) => load()));
  const messages: Record<string, Message> = Object.assign({}, ...parts.map((part) => part.messages));

  it('says everything that English says, and nothing else', () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
  });

  it('has the placeholders of English in every message', () => {
    for (const [key, message] of Object.entries<Message>(english)) {
      const wanted = placeholders(message).at(-1);
      for (const found of placeholders(messages[key] ?? '')) expect([key, found]).toEqual([key, wanted]);
    }
  });

  it('has plurals where English has them', () => {
    const plural = (all: Record<string, Message>) =>
      Object.keys(all)
        .filter((key) => typeof all[key] === 'object')
        .sort();
    expect(plural(messages)).toEqual(plural(english));
  });
});

it('has no message that nothing shows', async () => {
  let sources = '';
  for await (const file of glob('services/frontend/src/**/*.{ts,vue}', { exclude: (name) => name.endsWith('.en.ts') }))
    if (!/\.\w\w\.ts$/.test(file)) sources += readFileSync(file, 'utf8');
  const composed = /^(type|position|places\.(parks|restaurants)|uploads?\.|myPhotos\.status\.)/;
  const unused = Object.keys(english).filter((key) => !composed.test(key) && !sources.includes(`'${key}'`));
  expect(unused).toEqual([]);
});

it('puts values and plurals in, numbers as the language writes them', async () => {
  expect(t('places.found', { count: 1 })).toBe('1 place');
  expect(t('places.found', { count: 1200 })).toBe('1,200 places');
  await setLanguage('es');
  expect(t('places.found', { count: 1 })).toBe('1 lugar');
  expect(t('session.codeSent', { email: 'ana@example.com' })).toContain('ana@example.com');
});

it('shows what is in a value as it is, placeholders included', () => {
  expect(t('addPlace.added', { name: '{name} <b>' })).toBe('{name} <b> has been added.');
});

it('writes distances, sizes and dates as the language does', async () => {
  expect(distance(0.412)).toBe('410 m');
  expect(distance(2.345)).toBe('2.3 km');
  expect(bytes(20_971_520)).toBe('21 MB');
  expect(date('2026-06-14T10:38:52Z', { dateStyle: 'long', timeZone: 'UTC' })).toMatch(/June/);
  await setLanguage('es');
  expect(distance(2.345)).toBe('2,3 km');
  expect(date('2026-06-14T10:38:52Z', { dateStyle: 'long', timeZone: 'UTC' })).toBe('14 de junio de 2026');
  expect(document.documentElement.lang).toBe('es');
});

it('writes numbers although the browser has a name of its own for its language', async () => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-US@posix']);
  await setLanguage('en');
  expect(distance(1.5)).toContain('1.5');
  vi.restoreAllMocks();
});
