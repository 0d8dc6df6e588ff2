import { describe, expect, it } from 'vitest';
import { idsOfKey, isLapsed, mediaKey, type Picture, roomIn } from '../../../src/domain/pictures.ts';
import { idOf } from '../review-world.ts';

const now = new Date('2026-06-14T12:00:00.000Z');
const picture = (status: Picture['status'], createdAt = '2026-06-14T11:59:00.000Z'): Picture => ({
  status,
  createdAt,
  correlationId: 'b7e1c2f4',
});
const pictures = (...all: Picture[]) => Object.fromEntries(all.map((each, n) => [idOf(n), each]));

describe('room for one more picture', () => {
  it.each([
    ['there is none', []],
    ['there are four', [picture('PUBLISHED'), picture('PUBLISHED'), picture('PENDING'), picture('PENDING')]],
    ['the others were refused', Array.from({ length: 9 }, () => picture('REJECTED'))],
  ])('there is when %s', (_, all) => {
    expect(roomIn(pictures(...all), now)).toEqual({ hasRoom: true, making: [] });
  });

  it.each(['PUBLISHED', 'PENDING'] as const)('there is none beside five that are %s', (status) => {
    expect(roomIn(pictures(...Array.from({ length: 5 }, () => picture(status))), now).hasRoom).toBe(false);
  });

  it('is made by uploads that never came', () => {
    const all = pictures(...Array.from({ length: 5 }, () => picture('PENDING', '2026-06-14T10:59:59.000Z')));
    expect(roomIn(all, now)).toEqual({ hasRoom: true, making: Object.keys(all) });
  });

  it('is made by the oldest of more than ten refused ones', () => {
    const all = Array.from({ length: 12 }, (_, n) => picture('REJECTED', `2026-06-14T11:${10 + n}:00.000Z`));
    expect(roomIn(pictures(...all), now)).toEqual({ hasRoom: true, making: [idOf(1), idOf(0)] });
  });
});

describe('a picture that was never uploaded', () => {
  it.each([
    ['2026-06-14T11:00:00.000Z', false],
    ['2026-06-14T10:59:59.999Z', true],
  ])('asked for at %s has lapsed at noon: %s', (createdAt, lapsed) => {
    expect(isLapsed(picture('PENDING', createdAt), now)).toBe(lapsed);
    expect(isLapsed(picture('PUBLISHED', createdAt), now)).toBe(false);
  });
});

describe('the key of an original', () => {
  it('tells the ids it was made of', () => {
    expect(idsOfKey(mediaKey(idOf(1), idOf(2)))).toEqual({ reviewId: idOf(1), mediaId: idOf(2) });
  });

  it.each(['', 'media/', `media/${idOf(1)}`, `media/${idOf(1)}/../${idOf(2)}`, `uploads/${idOf(1)}/${idOf(2)}`])(
    'that was never handed out tells nothing: %j',
    (key) => {
      expect(idsOfKey(key)).toBeUndefined();
    },
  );
});
