import type { PhotoOutcome } from '../realtime/payloads.ts';
import type { UploadItem, UploadTicket } from './upload-item.ts';

/** Where a photo stands, as the API tells it. */
export interface PhotoStanding {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly reasonDetail?: string | undefined;
}

export interface UploadApi {
  /** Every call starts an upload and counts against the day's quota. */
  ticket(item: UploadItem, signal: AbortSignal): Promise<{ readonly photoId: string; readonly ticket: UploadTicket }>;
  /** Undefined when there is no such photo (any more). */
  standing(photoId: string, signal?: AbortSignal): Promise<PhotoStanding | undefined>;
  /** Takes a photo back: from then on nothing can publish it. Harmless to repeat. */
  withdraw(photoId: string, signal?: AbortSignal): Promise<void>;
}

/** What an attempt failed with. */
export class UploadFault extends Error {
  readonly kind: UploadFaultKind;
  /** In the server's words. */
  readonly detail: string | undefined;

  constructor(kind: UploadFaultKind, detail?: string, cause?: unknown) {
    super(detail ?? kind, { cause });
    this.kind = kind;
    this.detail = detail;
  }
}

export type UploadFaultKind =
  /** No answer: the request may or may not have had its effect. */
  | 'network'
  /** Throttled, or a fault on the other side: worth another try. */
  | 'server'
  /** The file cannot be read just now. */
  | 'device'
  | 'signed-out'
  | 'quota'
  | 'account-deleted'
  | 'no-place'
  | 'invalid';

export interface UploadTransport {
  /**
   * PUTs the file.
   *
   * @returns the bucket's status code
   * @throws UploadFault `network` when there was no answer
   */
  put(ticket: UploadTicket, file: Blob, onProgress: (sentBytes: number) => void, signal: AbortSignal): Promise<number>;
}

/** What outlives the page. What cannot be stored is kept in memory for as long as the page is open; only `file` rejects. */
export interface UploadStorage {
  /** Items of this owner, oldest first. */
  items(owner: string): Promise<UploadItem[]>;
  /** Unfinished items, whoever's: for a page where nobody is signed in. */
  countOpen(): Promise<number>;
  /** @param file what is to be sent; undefined for an item that was refused at once */
  add(item: UploadItem, file: Blob | undefined): Promise<void>;
  /** Resolves once the item would survive a crash. What was removed stays removed. */
  save(item: UploadItem): Promise<void>;
  /** @throws when the storage cannot be read, which is no reason to give the photo up */
  file(id: string): Promise<Blob | undefined>;
  removeFile(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Leaves nothing of this owner. */
  forget(owner: string): Promise<void>;
  /** Leaves no photo of anybody but this owner; only what is cancelled and must still be taken back. */
  forgetOthers(owner: string): Promise<void>;
}

/** Live news of a photo's outcome; may lose some. */
export interface OutcomeFeed {
  onOutcome(photoId: string, callback: (outcome: PhotoOutcome) => void): () => void;
  /** Calls back whenever news may have been lost and flows again. */
  onReconnected(callback: () => void): () => void;
}

export interface Network {
  isOnline(): boolean;
  /** Calls back at every change. */
  onChange(callback: () => void): () => void;
}
