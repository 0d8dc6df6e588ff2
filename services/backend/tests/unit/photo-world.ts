import type { PhotoRecord } from '@happy-path/photos/photo-record';
import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';
import type { ArrivedObject } from '../../src/domain/arrival.ts';
import type { OpenWork, SweepPorts } from '../../src/domain/sweep.ts';
import { uploadKey } from '../../src/domain/upload-request.ts';

export const uploadBucket = 'uploads-bucket';

/** A valid photo id that is recognisable in a failure's output. */
export const photoIdOf = (n: number): string => n.toString(16).padStart(32, '0');

export function photo(given: Partial<PhotoRecord> = {}): PhotoRecord {
  return {
    photoId: photoIdOf(1),
    placeId: 'place-1',
    owner: 'ada',
    objStatus: 'PENDING_UPLOAD',
    contentType: 'image/jpeg',
    size: 4_000_000,
    correlationId: 'correlation-1',
    createdAt: '2026-06-14T09:40:00.000Z',
    updatedAt: '2026-06-14T09:40:00.000Z',
    ...given,
  };
}

export function objectOf(photoId: string, given: Partial<ArrivedObject> = {}): ArrivedObject {
  return { bucket: uploadBucket, key: uploadKey(photoId), versionId: 'v1', etag: 'e1', size: 4_000_000, ...given };
}

type Row = { -readonly [Field in keyof PhotoRecord]?: PhotoRecord[Field] } & { photoId: string };

interface Account {
  closed: boolean;
  open: boolean;
  quota: boolean;
  identity: boolean;
}

/**
 * Everything a photo can leave behind, in memory: rows, objects, what visitors see, accounts, the bus. The rules are those
 * that the ports' contracts state; an operation takes effect in one step, like the calls it stands for.
 */
export function photoWorld(...photos: readonly PhotoRecord[]) {
  const rows = new Map<string, Row>(photos.map((record) => [record.photoId, { ...record }]));
  const objects = new Map<string, ArrivedObject>();
  const renditions = new Set<string>();
  const published = new Set<string>();
  const openSince = new Map<string, { work: OpenWork; since: string }>();
  const accounts = new Map<string, Account>();
  const announced: UploadCompleteDetail[] = [];
  /** Every effect, in order: `<operation> <id>`. */
  const steps: string[] = [];
  let outage: { shouldFail: (step: string, nth: number) => boolean; afterEffect: boolean } | undefined;

  async function step<T>(name: string, id: string, effect: () => T): Promise<T> {
    const label = `${name} ${id}`;
    const fails = outage?.shouldFail(label, steps.length + 1) ?? false;
    steps.push(label);
    if (fails && !outage?.afterEffect) throw new Error(`${label} failed`);
    const result = effect();
    if (fails) throw new Error(`${label} failed after its effect`);
    return result;
  }

  const accountOf = (owner: string): Account => {
    const account = accounts.get(owner) ?? { closed: false, open: false, quota: true, identity: true };
    accounts.set(owner, account);
    return account;
  };

  const drop = (photoId: string): void => {
    rows.delete(photoId);
    openSince.delete(photoId);
  };

  const ports: SweepPorts = {
    uploadBucket,
    activeWorkflow: async () => world.activeWorkflow,
    readPhoto: async (photoId) => {
      const row = rows.get(photoId);
      return row && ({ ...row } as PhotoRecord);
    },
    markUploaded: (photoId, { versionId, etag }, sequencer) =>
      step('markUploaded', photoId, () => {
        const row = rows.get(photoId);
        if (!row || row.deleteRequestedAt !== undefined) return undefined;
        const isNewer = row.objStatus === 'UPLOADED' && (row.sequencer ?? '') < sequencer;
        if (row.objStatus !== 'PENDING_UPLOAD' && !isNewer) return undefined;
        Object.assign(row, { objStatus: 'UPLOADED', versionId, etag, sequencer, updatedAt: world.now });
        openSince.set(photoId, { work: 'UPLOADED', since: world.now });
        return row as PhotoRecord;
      }),
    announce: (detail) =>
      step('announce', detail.ID, () => {
        announced.push(detail);
      }),
    scheduleRemoval: (photoId) =>
      step('scheduleRemoval', photoId, () => {
        const row: Row = rows.get(photoId) ?? { photoId, deleteRequestedAt: world.now };
        if (row.deleteRequestedAt === undefined) return;
        rows.set(photoId, { ...row, updatedAt: world.now });
        openSince.set(photoId, { work: 'REMOVING', since: world.now });
      }),
    requestRemoval: (photoId, owner) =>
      step('requestRemoval', photoId, () => {
        const row = rows.get(photoId);
        if (row?.owner !== owner) return undefined;
        row.deleteRequestedAt ??= world.now;
        row.updatedAt = world.now;
        openSince.set(photoId, { work: 'REMOVING', since: world.now });
        return { ...row } as PhotoRecord;
      }),
    removePublished: ({ photoId }) => step('removePublished', photoId, () => void published.delete(photoId)),
    removeObjects: (photoId) =>
      step('removeObjects', photoId, () => {
        objects.delete(photoId);
        renditions.delete(photoId);
      }),
    removeRecord: (photoId, unchangedSince) =>
      step('removeRecord', photoId, () => {
        if (rows.get(photoId)?.updatedAt === unchangedSince) drop(photoId);
      }),
    closeAccount: (owner) =>
      step('closeAccount', owner, () => void Object.assign(accountOf(owner), { closed: true, open: true })),
    async *photosOf(owner) {
      const mine = [...rows.values()].filter((row) => row.owner === owner && row.deleteRequestedAt === undefined);
      const ids = mine.map(({ photoId }) => photoId);
      for (let first = 0; first < ids.length; first += 2) yield ids.slice(first, first + 2);
    },
    removeQuota: (owner) => step('removeQuota', owner, () => void Object.assign(accountOf(owner), { quota: false })),
    announceRemoval: (owner) => step('announceRemoval', owner, () => undefined),
    removeIdentity: (owner) =>
      step('removeIdentity', owner, () => void Object.assign(accountOf(owner), { identity: false })),
    settleAccount: (owner) => step('settleAccount', owner, () => void Object.assign(accountOf(owner), { open: false })),
    async *openWork(work, before) {
      const ids = [...openSince].filter(([, entry]) => entry.work === work && entry.since < before).map(([id]) => id);
      for (let first = 0; first < ids.length; first += 2) yield ids.slice(first, first + 2);
    },
    findObject: (photoId) => step('findObject', photoId, () => objects.get(photoId)),
    expireUpload: (photoId, startedBefore) =>
      step('expireUpload', photoId, () => {
        const row = rows.get(photoId);
        const isOverdue = row?.objStatus === 'PENDING_UPLOAD' && (row.createdAt ?? '') < startedBefore;
        if (!isOverdue || row.deleteRequestedAt !== undefined) return false;
        drop(photoId);
        return true;
      }),
    failAbandoned: ({ photoId, executionId }) =>
      step('failAbandoned', photoId, () => {
        const row = rows.get(photoId);
        if (row?.objStatus !== 'PROCESSING' || row.executionId !== executionId) return false;
        if (row.deleteRequestedAt !== undefined) return false;
        row.objStatus = 'FAILED';
        openSince.delete(photoId);
        return true;
      }),
    postpone: (photoId, status, until) =>
      step('postpone', photoId, () => {
        const row = rows.get(photoId);
        if (row?.objStatus === status && row.deleteRequestedAt === undefined)
          openSince.set(photoId, { work: status, since: until });
      }),
  };

  const world = {
    ports,
    activeWorkflow: 'workflow-v1',
    /** The time that writes are stamped with. */
    now: '2026-06-14T12:00:00.000Z',
    rows,
    objects,
    renditions,
    published,
    openSince,
    accounts,
    announced,
    steps,
    /** Puts a photo's original, renditions and visible entry there, whatever its row says. */
    withTraces(...photoIds: readonly string[]) {
      for (const photoId of photoIds) {
        objects.set(photoId, objectOf(photoId));
        renditions.add(photoId);
        published.add(photoId);
      }
      return world;
    },
    /** Lists work that has been open since `since`. */
    open(work: OpenWork, since: string, ...ids: readonly string[]) {
      for (const id of ids) openSince.set(id, { work, since });
      return world;
    },
    /** From now on the named operations fail, as when a service is down. */
    failAt(...operations: readonly string[]) {
      outage = {
        shouldFail: (label) => operations.some((name) => `${label} `.startsWith(`${name} `)),
        afterEffect: false,
      };
      return world;
    },
    /** The nth operation of this world's life dies, before or after it took effect, as when the function is killed. */
    dieAt(nth: number, afterEffect: boolean) {
      outage = { shouldFail: (_, count) => count === nth, afterEffect };
      return world;
    },
    recover() {
      outage = undefined;
      return world;
    },
  };
  return world;
}
