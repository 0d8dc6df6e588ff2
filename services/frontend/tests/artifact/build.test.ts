// @vitest-environment node
import { join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { beforeAll, expect, it } from 'vitest';
import { initialJavaScript, maxInitialBytes } from '../../tools/initial-javascript.ts';

const root = join(import.meta.dirname, '..', '..');
let output: Rolldown.RolldownOutput['output'];

beforeAll(async () => {
  const built = await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'silent',
    build: { write: false },
  });
  output = (built as Rolldown.RolldownOutput).output;
}, 60_000);

const textOf = (name: RegExp) =>
  output.flatMap((each) => (name.test(each.fileName) ? [each.type === 'chunk' ? each.code : String(each.source)] : []));

it('loads little JavaScript at first, and the map not at all', () => {
  const files = initialJavaScript(Object.fromEntries(output.map((each) => [each.fileName, each])));
  const bytes = files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThanOrEqual(maxInitialBytes);
  expect(files.map(({ fileName }) => fileName).filter((name) => /map|upload|Place(Map|View)/i.test(name))).toEqual([]);
});

it('needs neither inline scripts nor inline styles', () => {
  const [page = ''] = textOf(/^index\.html$/);
  expect(page).toContain('<div id="app">');
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
  for (const [, attributes, text] of page.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
    expect(attributes).toContain('src="/assets/');
    expect(text).toBe('');
  }
});

it('names everything that may be kept for ever by its content', () => {
  const others = output.map(({ fileName }) => fileName).filter((name) => !/^assets\/.+-[\w-]{8}\.\w+$/.test(name));
  expect(others).toEqual(['index.html']);
});

it('loads nothing from elsewhere', () => {
  const [page = ''] = textOf(/^index\.html$/);
  expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  for (const css of textOf(/\.css$/)) expect(css).not.toMatch(/url\(['"]?(?:https?:)?\/\//);
});
