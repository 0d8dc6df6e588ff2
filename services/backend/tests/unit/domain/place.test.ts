import { describe, expect, it } from 'vitest';
import { placeIdFor } from '../../../src/domain/place.ts';

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
