import { describe, expect, it } from 'vitest';
import { newPhotoId, photoIdOfKey, uploadKey } from '../../../src/domain/upload-request.ts';

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
