import type { PhotoRecord } from '@happy-path/photos/photo-record';

/**
 * How long after a removal was asked for something may still be written: by an upload that had begun, or by a run. Longer
 * than any run can live (the longest machine times out after 43 minutes).
 */
export const settleSeconds = 45 * 60;

/** What a removal needs to know. An object that belonged to no photo has neither place nor time. */
export type RemovablePhoto = Pick<PhotoRecord, 'photoId' | 'updatedAt'> &
  Partial<Pick<PhotoRecord, 'placeId' | 'createdAt'>>;

export interface RemovalPorts {
  /** Marks the photo as to be removed; from then on no workflow can publish it. Undefined when there is no such photo. */
  requestRemoval(photoId: string, owner: string): Promise<PhotoRecord | undefined>;
  removePublished(photo: RemovablePhoto): Promise<void>;
  /** Removes every version of the original and every rendition. */
  removeObjects(photoId: string): Promise<void>;
  /** Removes the marked row, unless something has arrived since (`updatedAt`, ISO 8601). */
  removeRecord(photoId: string, unchangedSince: string): Promise<void>;
}

/**
 * Removes a photo: first what others see, then the objects. Its marked row stays until nothing can be written any more;
 * the sweep then looks again, and removes it last ({@link finishRemoval}).
 *
 * @returns false when the photo does not exist or is not this owner's.
 */
export async function removePhoto(photoId: string, owner: string, ports: RemovalPorts): Promise<boolean> {
  const photo = await ports.requestRemoval(photoId, owner);
  if (photo === undefined) return false;
  await removeContent(photo, ports);
  return true;
}

/** The end of a removal, once nothing can be written any more. */
export async function finishRemoval(photo: RemovablePhoto, ports: RemovalPorts): Promise<void> {
  await removeContent(photo, ports);
  await ports.removeRecord(photo.photoId, photo.updatedAt);
}

async function removeContent(photo: RemovablePhoto, ports: RemovalPorts): Promise<void> {
  await ports.removePublished(photo);
  await ports.removeObjects(photo.photoId);
}

export interface AccountPorts extends RemovalPorts {
  /** Refuses further uploads of this account until its tokens have expired. */
  closeAccount(owner: string): Promise<void>;
  /** Ids of the owner's photos, a page at a time. */
  photosOf(owner: string): AsyncIterable<readonly string[]>;
  removeQuota(owner: string): Promise<void>;
  /** Tells other services, which remove what they have of it. */
  announceRemoval(owner: string): Promise<void>;
  /** Removes the sign-in where the accounts are this system's own. */
  removeIdentity(owner: string): Promise<void>;
}

/**
 * Removes everything of one account. Safe to run again and to stop half-way. The account stays on the list of open work:
 * the sweep runs this once more, because the index of an owner's photos, here as in other services, may lag behind an upload
 * of a moment ago.
 *
 * @param isOutOfTime asked before each page; when true the rest is left to the sweep
 * @returns whether all of it was gone through
 */
export async function removeAccount(owner: string, ports: AccountPorts, isOutOfTime: () => boolean): Promise<boolean> {
  await ports.closeAccount(owner);
  await ports.announceRemoval(owner);
  for await (const photoIds of ports.photosOf(owner)) {
    if (isOutOfTime()) return false;
    await Promise.all(photoIds.map((photoId) => removePhoto(photoId, owner, ports)));
  }
  await ports.removeQuota(owner);
  await ports.removeIdentity(owner);
  return true;
}
