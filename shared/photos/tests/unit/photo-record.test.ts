import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  openWorkKey,
  openWorkShards,
  photoKey,
  publishedPhotoKey,
  renditionPrefix,
  shardOf,
} from '../../src/photo-record.ts';

const hexadecimal = fc.stringMatching(/^[0-9a-f]{32}$/);

describe("a photo's shard of the open work", () => {
  it('is one of eight, for every photo id', () => {
    fc.assert(
      fc.property(hexadecimal, (photoId) => {
        const shard = shardOf(photoId);
        return Number.isInteger(shard) && shard >= 0 && shard < openWorkShards;
      }),
    );
  });

  it('is never far more used than another one: each takes two of the sixteen digits', () => {
    const shards = [...'0123456789abcdef'].map((digit) => shardOf(`0${digit}`));

    for (let shard = 0; shard < openWorkShards; shard += 1)
      expect(shards.filter((other) => other === shard)).toHaveLength(2);
  });

  it('is computed by the state machines in the same way', () => {
    const machine = readFileSync(new URL('../../../../statemachines/v1.asl.json', import.meta.url), 'utf8');

    const [, digits = '', divisor] = /substringBefore\('([0-9a-f]+)', .*?% (\d+)/.exec(machine) ?? [];

    expect(Number(divisor)).toBe(openWorkShards);
    for (const digit of '0123456789abcdef') expect(digits.indexOf(digit) % openWorkShards).toBe(shardOf(digit));
  });

  it('is part of the key under which unfinished photos are listed', () => {
    expect(openWorkKey('UPLOADED', `${'0'.repeat(31)}f`, '2026-06-14T09:40:00.000Z')).toEqual({
      GSI2PK: 'open#UPLOADED#7',
      GSI2SK: '2026-06-14T09:40:00.000Z',
    });
  });
});

describe('keys', () => {
  it("keep a photo's row, its entry at the place and its objects findable by its id", () => {
    const photo = { photoId: 'abc', placeId: 'hyde-park', createdAt: '2026-06-14T09:40:00.000Z' };

    expect(photoKey('abc')).toEqual({ PK: 'photo#abc', SK: 'workflow' });
    expect(publishedPhotoKey(photo)).toEqual({ PK: 'place#hyde-park', SK: 'photo#2026-06-14T09:40:00.000Z#abc' });
    expect(renditionPrefix('abc')).toBe('photos/abc/');
  });

  it('sort the photos of a place by time', () => {
    const times = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    const sortKey = (date: Date, photoId: string) =>
      publishedPhotoKey({ photoId, placeId: 'p', createdAt: date.toISOString() }).SK;

    fc.assert(
      fc.property(times, times, hexadecimal, hexadecimal, (a, b, idA, idB) => {
        fc.pre(a.getTime() !== b.getTime());
        return sortKey(a, idA) < sortKey(b, idB) === a < b;
      }),
    );
  });

  it("never let one photo's objects be listed with another's", () => {
    expect(renditionPrefix('abcd').startsWith(renditionPrefix('abc'))).toBe(false);
  });
});
