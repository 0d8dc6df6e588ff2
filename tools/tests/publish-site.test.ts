import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { headersOf, keysOf } from '../publish-site.ts';

it.each([
  ['index.html', 'text/html; charset=utf-8', 'no-cache'],
  ['site.css', 'text/css; charset=utf-8', 'no-cache'],
  ['assets/app-BmC_x-hl.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['assets/app-1a2b3c4d.css', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['assets/world-1a2b3c4d.json', 'application/json', 'public, max-age=31536000, immutable'],
  ['icon.svg', 'image/svg+xml', 'no-cache'],
  ['icon-1a2b3c4d.svg', 'image/svg+xml', 'no-cache'],
  ['LICENSE', 'application/octet-stream', 'no-cache'],
])('serves %s as %s, %s', (file, ContentType, CacheControl) => {
  expect(headersOf(file)).toEqual({ ContentType, CacheControl });
});

it('uploads what the page names before the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  mkdirSync(join(folder, 'assets', 'deep'), { recursive: true });
  for (const name of ['index.html', 'a.svg', join('assets', 'z.js'), join('assets', 'deep', 'b.css')])
    writeFileSync(join(folder, name), '');
  expect(keysOf(folder)).toEqual([
    ['assets/deep/b.css', 'assets/z.js'],
    ['a.svg', 'index.html'],
  ]);
});
