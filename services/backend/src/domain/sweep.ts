import { uploadUrlSeconds } from '@happy-path/aws/s3-upload-url';
import type { PhotoRecord, PhotoStatus } from '@happy-path/photos/photo-record';
import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';
import { type ArrivalPorts, type ArrivedObject, recordArrival, uploadComplete } from './arrival.ts';
import { type AccountPorts, finishRemoval, removeAccount, settleSeconds } from './removal.ts';

/** Kinds of open work, as listed in GSI2. */
export type OpenWork =
  | Extract<PhotoStatus, 'PENDING_UPLOAD' | 'UPLOADED' | 'PROCESSING'>
  | 'REMOVING'
  | 'CLOSING_ACCOUNT';

/** How long each kind of work may stay open before the sweep takes it up, in seconds. */
export const patienceSeconds: Record<OpenWork, number> = {
  // Twice the life of an upload URL: most uploads have ended by then.
  PENDING_UPLOAD: 2 * uploadUrlSeconds,
  UPLOADED: 5 * 60,
  // Longer than any run can live, so whoever claimed the photo is gone.
  PROCESSING: settleSeconds,
  REMOVING: settleSeconds,
  CLOSING_ACCOUNT: 60,
};

/** An upload over a slow line may go on long after its URL has expired: S3 looks at the URL when it begins. */
const uploadMaxSeconds = 6 * 3600;

/** The longest pause between two looks at the same photo. */
const postponeMaxMs = 3600_000;

export interface SweepPorts extends Omit<ArrivalPorts, 'announce'>, AccountPorts {
  /** Ids (photo ids, or owners when closing accounts) of work open since before `before`, a page at a time. */
  openWork(work: OpenWork, before: string): AsyncIterable<readonly string[]>;
  /** The photo's object as it lies in the upload bucket; undefined when nothing was uploaded. */
  findObject(photoId: string): Promise<ArrivedObject | undefined>;
  /** Takes the account off the list of open work. */
  settleAccount(owner: string): Promise<void>;
  /** Drops the row of an upload that never came; false when it came meanwhile, or was started later. */
  expireUpload(photoId: string, startedBefore: string): Promise<boolean>;
  /** Ends a photo whose run is gone as FAILED; false when it ended meanwhile. */
  failAbandoned(photo: PhotoRecord): Promise<boolean>;
  announce(detail: UploadCompleteDetail): Promise<void>;
  /** Starts the photo's patience at `until`, if it still has this status. */
  postpone(photoId: string, status: OpenWork, until: string): Promise<void>;
  readonly uploadBucket: string;
}

export interface SweepReport {
  reemitted: number;
  recovered: number;
  expired: number;
  failed: number;
  removed: number;
  accountsClosed: number;
  /** Items that could not be finished, or work that could not be listed; the next sweep takes it up again. */
  errors: { work: OpenWork; id?: string | undefined; cause: unknown }[];
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

  // Once a page: a sweep with a backlog must notice a switch.
  let workflow: Promise<string> | undefined;
  const activeWorkflow = () => {
    workflow ??= ports.activeWorkflow();
    return workflow;
  };

  const openSince = (work: OpenWork) => new Date(now.getTime() - patienceSeconds[work] * 1000).toISOString();
  /** The longer something has waited, the longer until it is looked at again. */
  const laterThan = (since = now.toISOString()) => {
    const waitedMs = now.getTime() - Date.parse(since);
    return new Date(now.getTime() + Math.min(waitedMs, postponeMaxMs)).toISOString();
  };

  const finish: Record<OpenWork, (id: string) => Promise<void>> = {
    UPLOADED: async (photoId) => {
      const photo = await ports.readPhoto(photoId);
      if (photo?.objStatus !== 'UPLOADED' || photo.deleteRequestedAt !== undefined) return;
      await ports.announce(uploadComplete(photo, ports.uploadBucket, await activeWorkflow()));
      // A backlog must not grow by being announced again and again.
      await ports.postpone(photoId, 'UPLOADED', laterThan(photo.uploadedAt ?? photo.createdAt));
      report.reemitted += 1;
    },
    PENDING_UPLOAD: async (photoId) => {
      const object = await ports.findObject(photoId);
      if (object === undefined) {
        const startedBefore = new Date(now.getTime() - uploadMaxSeconds * 1000).toISOString();
        if (await ports.expireUpload(photoId, startedBefore)) report.expired += 1;
        else await ports.postpone(photoId, 'PENDING_UPLOAD', laterThan((await ports.readPhoto(photoId))?.createdAt));
      } else if ((await recordArrival(object, { ...ports, activeWorkflow })) === 'announced') report.recovered += 1;
    },
    PROCESSING: async (photoId) => {
      const photo = await ports.readPhoto(photoId);
      if (photo?.objStatus === 'PROCESSING' && (await ports.failAbandoned(photo))) report.failed += 1;
    },
    REMOVING: async (photoId) => {
      const photo = await ports.readPhoto(photoId);
      // Something that arrived since the listing has started the wait anew.
      if (photo?.deleteRequestedAt === undefined || photo.updatedAt > openSince('REMOVING')) return;
      await finishRemoval(photo, ports);
      report.removed += 1;
    },
    CLOSING_ACCOUNT: async (owner) => {
      if (!(await removeAccount(owner, ports, isOutOfTime))) return;
      await ports.settleAccount(owner);
      report.accountsClosed += 1;
    },
  };

  for (const work of turns(now)) {
    try {
      for await (const ids of ports.openWork(work, openSince(work))) {
        if (isOutOfTime()) return report;
        workflow = undefined;
        const results = await Promise.allSettled(ids.map(finish[work]));
        for (const [index, result] of results.entries())
          if (result.status === 'rejected') report.errors.push({ work, id: ids[index], cause: result.reason });
      }
    } catch (cause) {
      report.errors.push({ work, cause });
    }
  }
  return report;
}

/** All kinds of work, each minute beginning with another one, so that none waits behind a slow one for ever. */
function turns(now: Date): OpenWork[] {
  const all = Object.keys(patienceSeconds) as OpenWork[];
  const first = now.getUTCMinutes() % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
