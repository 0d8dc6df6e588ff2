import { expect, it } from 'vitest';
import { coarse, parseCoordinates, rounded, wrapped } from '../../../src/places/coordinates.ts';

it.each([
  ['41.39, 2.16', 41.39, 2.16],
  ['41.39,2.16', 41.39, 2.16],
  [' 41.39 2.16 ', 41.39, 2.16],
  ['41,39; 2,16', 41.39, 2.16],
  ['-33.86, 151.21', -33.86, 151.21],
  ['33.86 S, 151.21 E', -33.86, 151.21],
  ['40.7° N 74° W', 40.7, -74],
  ['40.7 N 74 O', 40.7, -74],
])('reads "%s"', (text, lat, lng) => {
  expect(parseCoordinates(text)).toEqual({ lat, lng });
});

it.each(['Park Güell', '7 Portes', '', '41.39', '91, 2', '86, 2', '41, 181', '4 Gats 2'])(
  'takes "%s" for a name',
  (text) => {
    expect(parseCoordinates(text)).toBeUndefined();
  },
);

it('tells no more of where somebody is than is needed', () => {
  expect(rounded({ lat: 41.387654321, lng: 2.168765432 })).toEqual({ lat: 41.3877, lng: 2.1688 });
  expect(coarse({ lat: 41.387654321, lng: -2.168765432 })).toEqual({ lat: 41.388, lng: -2.169 });
});

it('brings back a map that went around the world', () => {
  expect(wrapped({ lat: 89, lng: 362.5 })).toEqual({ lat: 85, lng: 2.5 });
  expect(wrapped({ lat: 0, lng: -190 })).toEqual({ lat: 0, lng: 170 });
});
