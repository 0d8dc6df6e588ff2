import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync('services/frontend/src/design/tokens.css', 'utf8');

/** A token's colour in light and in dark, as red, green and blue from 0 to 255. */
function token(name: string): [light: number[], dark: number[]] {
  const value = new RegExp(`--${name}:\\s*([^;]+);`).exec(css)?.[1] ?? '';
  const [light = '', dark = light] = value.match(/#[0-9a-f]{6}/g) ?? [];
  const parse = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  expect([name, light]).toEqual([name, expect.stringMatching(/^#/)]);
  return [parse(light), parse(dark)];
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: number[]): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: number[], other: number[]): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

it.each([
  ['ink', 'ground', 4.5],
  ['ink', 'surface', 4.5],
  ['ink', 'surface-2', 4.5],
  ['ink', 'accent-soft', 4.5],
  ['ink', 'danger-soft', 4.5],
  ['ink', 'map-land', 4.5],
  ['ink-2', 'ground', 4.5],
  ['ink-2', 'surface', 4.5],
  ['ink-2', 'surface-2', 4.5],
  ['ink-2', 'map-land', 4.5],
  ['accent', 'ground', 4.5],
  ['accent', 'surface', 4.5],
  ['accent', 'accent-soft', 4.5],
  ['accent', 'surface-2', 4.5],
  ['accent-ink', 'accent', 4.5],
  ['danger', 'surface', 4.5],
  ['danger', 'ground', 4.5],
  ['sun', 'surface', 4.5],
  ['line-strong', 'surface', 3],
  ['line-strong', 'ground', 3],
  ['snackbar-line', 'ground', 3],
  ['snackbar-line', 'surface', 3],
  ['snackbar-line', 'surface-2', 3],
  ['snackbar-line', 'snackbar', 3],
  ['focus', 'ground', 3],
  ['focus', 'surface', 3],
  ['accent', 'map-land', 3],
  ['accent', 'map-sea', 3],
])('%s on %s has a contrast of at least %s, light and dark', (text, ground, least) => {
  const [texts, grounds] = [token(text), token(ground)];
  expect(contrast(texts[0], grounds[0])).toBeGreaterThanOrEqual(least);
  expect(contrast(texts[1], grounds[1])).toBeGreaterThanOrEqual(least);
});
