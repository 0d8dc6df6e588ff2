import type { PhotoRecord, PhotoStatus } from '@happy-path/photos/photo-record';
import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';
import { type ArrivalPorts, type ArrivedObject, recordArrival, uploadComplete } from './arrival.ts';
import { type AccountPorts, finishRemoval, removeAccount, settleSeconds } from './removal.ts';
import { uploadUrlSeconds } from './upload-request.ts';

/** Kinds of open work, as listed in GSI2. */
export type OpenWork =
  | Extract<PhotoStatus, 'PENDING_UPLOAD' | 'UPLOADED' | 'PROCESSING'>
  | 'REMOVING'
  | 'CLOSING_ACCOUNT';

/** How long each kind of work may stay open before the sweep takes it up, in seconds. */
export const patienceSeconds: Record<OpenWork, number> = {
  // Twice the life of an upload URL: by then an upload has ended or never will.
  PENDING_UPLOAD: 2 * uploadUrlSeconds,
  UPLOADED: 5 * 60,
  // Longer than any run can live, so whoever claimed the photo is gone.
  PROCESSING: settleSeconds,
  REMOVING: settleSeconds,
  CLOSING_ACCOUNT: 60,
};

export interface SweepPorts extends Omit<ArrivalPorts, 'announce'>, AccountPorts {
  /** Ids (photo ids, or owners when closing accounts) of work open since before `before`, a page at a time. */
  openWork(work: OpenWork, before: string): AsyncIterable<readonly string[]>;
  /** The photo's object as it lies in the upload bucket; undefined when nothing was uploaded. */
  findObject(photoId: string): Promise<ArrivedObject | undefined>;
  /** Takes the account off the list of open work. */
  settleAccount(owner: string): Promise<void>;
  /** Drops the row of an upload that never came. Does nothing if it came meanwhile. */
  expireUpload(photoId: string): Promise<void>;
  /** Ends a photo whose run is gone as FAILED. Does nothing if it ended meanwhile. */
  failAbandoned(photo: PhotoRecord): Promise<void>;
  announce(detail: UploadCompleteDetail): Promise<void>;
  /** Starts the photo's patience anew, so that it is not announced again every minute. */
  postpone(photoId: string, now: string): Promise<void>;
  readonly uploadBucket: string;
}

export interface SweepReport {
  reemitted: number;
  recovered: number;
  expired: number;
  failed: number;
  removed: number;
  accountsClosed: number;
  /** Items that could not be finished; they are taken up again by the next sweep. */
  errors: { work: OpenWork; id: string; cause: unknown }[];
}

/**
 * Finishes what was left open: announces uploads whose event was lost, expires uploads that never came, ends photos
 * whose run disappeared, and completes removals. One item's failure does not stop the others.
 */
export async function sweep(now: Date, ports: SweepPorts, isOutOfTime: () => boolean): Promise<SweepReport> {
  const report: SweepReport = {
    reemitted: 0,
    recovered: 0,
    expired: 0,
    failed: 0,
    removed: 0,
    accountsClosed: 0,
    errors: [],
  };

  const finish: Record<OpenWork, (id: string) => Promise<void>> = {
    UPLOADED: async (photoId) => {
      const photo = await ports.readPhoto(photoId);
      if (photo?.objStatus !== 'UPLOADED' || photo.deleteRequestedAt !== undefined) return;
      await ports.announce(uploadComplete(photo, ports.uploadBucket, await ports.activeWorkflow()));
      await ports.postpone(photoId, now.toISOString());
      report.reemitted += 1;
    },
    PENDING_UPLOAD: async (photoId) => {
      const object = await ports.findObject(photoId);
      if (object === undefined) {
        await ports.expireUpload(photoId);
        report.expired += 1;
      } else if ((await recordArrival(object, ports)) === 'announced') report.recovered += 1;
    },
    PROCESSING: async (photoId) => {
      const photo = await ports.readPhoto(photoId);
      if (photo?.objStatus !== 'PROCESSING') return;
      await ports.failAbandoned(photo);
      report.failed += 1;
    },
    REMOVING: async (photoId) => {
      const photo = await ports.readPhoto(photoId);
      if (photo?.deleteRequestedAt === undefined) return;
      await finishRemoval(photo, false, ports);
      report.removed += 1;
    },
    CLOSING_ACCOUNT: async (owner) => {
      if (!(await removeAccount(owner, ports, isOutOfTime))) return;
      await ports.settleAccount(owner);
      report.accountsClosed += 1;
    },
  };

  for (const [work, seconds] of Object.entries(patienceSeconds) as [OpenWork, number][]) {
    const before = new Date(now.getTime() - seconds * 1000).toISOString();
    for await (const ids of ports.openWork(work, before)) {
      if (isOutOfTime()) return report;
      const results = await Promise.allSettled(ids.map(finish[work]));
      for (const [index, result] of results.entries())
        if (result.status === 'rejected') report.errors.push({ work, id: ids[index] ?? '', cause: result.reason });
    }
  }
  return report;
}
