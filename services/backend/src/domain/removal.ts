import type { PhotoRecord } from '@happy-path/photos/photo-record';

/**
 * How long after a removal was asked for a run may still write renditions: longer than any workflow may take
 * (their machines time out after fourteen minutes).
 */
export const settleSeconds = 15 * 60;

export interface RemovalPorts {
  /** Marks the photo as to be removed; from then on no workflow can publish it. Undefined when there is no such photo. */
  requestRemoval(photoId: string, owner: string): Promise<PhotoRecord | undefined>;
  removePublished(photo: PhotoRecord): Promise<void>;
  /** Removes every version of the original and every rendition. */
  removeObjects(photoId: string): Promise<void>;
  removeRecord(photoId: string): Promise<void>;
}

/**
 * Removes a photo: first what others see, then the objects, last the row, so that a crash leaves a row to go on from.
 * A photo that a workflow is working on keeps its marked row, and the sweep removes what the run may still write.
 *
 * @returns false when the photo does not exist or is not this owner's.
 */
export async function removePhoto(photoId: string, owner: string, ports: RemovalPorts): Promise<boolean> {
  const photo = await ports.requestRemoval(photoId, owner);
  if (photo === undefined) return false;
  await finishRemoval(photo, photo.objStatus === 'PROCESSING', ports);
  return true;
}

/** Second half of {@link removePhoto}; `keepRecord` while a run may still be writing. */
export async function finishRemoval(photo: PhotoRecord, keepRecord: boolean, ports: RemovalPorts): Promise<void> {
  await ports.removePublished(photo);
  await ports.removeObjects(photo.photoId);
  if (!keepRecord) await ports.removeRecord(photo.photoId);
}

export interface AccountPorts extends RemovalPorts {
  /** Refuses further uploads of this account until its tokens have expired. */
  closeAccount(owner: string): Promise<void>;
  /** Ids of the owner's photos, a page at a time. */
  photosOf(owner: string): AsyncIterable<readonly string[]>;
  removeQuota(owner: string): Promise<void>;
  /** Removes the sign-in where the accounts are this system's own. */
  removeIdentity(owner: string): Promise<void>;
}

/**
 * Removes everything of one account. Safe to run again and to stop half-way. The account stays on the list of open work:
 * the sweep runs this once more, because the index of an owner's photos may lag behind an upload of a moment ago.
 *
 * @param isOutOfTime asked before each page; when true the rest is left to the sweep
 * @returns whether all of it was gone through
 */
export async function removeAccount(owner: string, ports: AccountPorts, isOutOfTime: () => boolean): Promise<boolean> {
  await ports.closeAccount(owner);
  for await (const photoIds of ports.photosOf(owner)) {
    if (isOutOfTime()) return false;
    await Promise.all(photoIds.map((photoId) => removePhoto(photoId, owner, ports)));
  }
  await ports.removeQuota(owner);
  await ports.removeIdentity(owner);
  return true;
}
