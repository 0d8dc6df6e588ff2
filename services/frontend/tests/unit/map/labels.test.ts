import { expect, it } from 'vitest';
import { placeLabels } from '../../../src/map/labels.ts';

const map = { left: 0, right: 300, top: 0, bottom: 300 };
const mark = (x: number, y: number, width = 80) => ({
  mark: { left: x, right: x + 20, top: y, bottom: y + 20 },
  width,
  height: 16,
});

it('writes names to the right of their marks', () => {
  expect(placeLabels([mark(10, 10), mark(10, 100)], map)).toEqual(['right', 'right']);
});

it('writes them to the left at the right edge of the map', () => {
  expect(placeLabels([mark(270, 10)], map)).toEqual(['left']);
});

it('hides a name that would lie over another mark, or leave the map on both sides', () => {
  expect(placeLabels([mark(20, 10), mark(60, 10)], map)).toEqual(['hidden', 'right']);
  expect(placeLabels([mark(140, 10, 200)], map)).toEqual(['hidden']);
});

it('lets who comes first choose first', () => {
  expect(placeLabels([mark(60, 10, 100), mark(190, 14, 120)], map)).toEqual(['right', 'hidden']);
});
