import { expect, it } from 'vitest';
import { headersOf } from '../publish-site.ts';

it.each([
  ['index.html', 'text/html; charset=utf-8', 'no-cache'],
  ['site.css', 'text/css; charset=utf-8', 'no-cache'],
  ['assets/app-1a2b3c4d5e.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['assets/app.1a2b3c4d.css', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['photo.webp', 'image/webp', 'no-cache'],
  ['LICENSE', 'application/octet-stream', 'no-cache'],
])('serves %s as %s, %s', (file, ContentType, CacheControl) => {
  expect(headersOf(file)).toEqual({ ContentType, CacheControl });
});
