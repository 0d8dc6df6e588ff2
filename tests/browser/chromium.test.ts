import { test } from 'vitest';
import { noBrowser } from './stage.ts';

test('there is a browser to test with', () => {
  // Without a stack: the line says all, and every other test here is skipped.
  if (noBrowser !== undefined) throw Object.assign(new Error(noBrowser), { stack: '' });
});
