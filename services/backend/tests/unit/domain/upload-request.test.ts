import { describe, expect, it } from 'vitest';
import { newPhotoId, photoIdOfKey, placeIdFor, uploadKey } from '../../../src/domain/upload-request.ts';

describe('a photo id', () => {
  it('is 128 bits that nobody can guess from another one', () => {
    const ids = Array.from({ length: 1000 }, newPhotoId);

    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  });

  it("is found again in its object's key", () => {
    const id = newPhotoId();

    expect(photoIdOfKey(uploadKey(id))).toBe(id);
  });
});

describe('a place id', () => {
  it('is the same for the same caller and key, so that a repeated request finds its place', () => {
    expect(placeIdFor('ada', 'key-1')).toBe(placeIdFor('ada', 'key-1'));
  });

  it.each([
    { other: 'another key', owner: 'ada', key: 'key-2' },
    { other: 'another caller', owner: 'eve', key: 'key-1' },
    { other: 'the same letters split elsewhere', owner: 'ad', key: 'akey-1' },
  ])('is another one for $other', ({ owner, key }) => {
    expect(placeIdFor(owner, key)).not.toBe(placeIdFor('ada', 'key-1'));
  });

  it('is new each time without a key', () => {
    expect(placeIdFor('ada', undefined)).not.toBe(placeIdFor('ada', undefined));
  });

  it('does not give away who added the place', () => {
    expect(placeIdFor('ada', 'key-1')).toMatch(/^[0-9a-f]{24}$/);
    expect(placeIdFor('ada', undefined)).toMatch(/^[0-9a-f]{24}$/);
  });
});
