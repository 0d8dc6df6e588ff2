/** Where an upload stands. The last four are final, though a failed one can often be tried again. */
export type UploadState =
  | 'waiting'
  | 'checking'
  | 'asking'
  | 'sending'
  /** The bytes have arrived; what becomes of the photo is not known yet. */
  | 'sent'
  | 'published'
  | 'refused'
  | 'failed'
  | 'cancelled';

/** Why an upload did not succeed, as a key for a text in the visitor's language. */
export interface UploadProblem {
  readonly code: string;
  /** Numbers for that text. */
  readonly values?: Readonly<Record<string, number>>;
  /** What the server says, in English, for where the page has no text of its own. */
  readonly detail?: string;
}

/** Leave to PUT one file, once, until it expires. */
export interface UploadTicket {
  readonly uploadUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** By this device's clock, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** One photo on its way. Everything here survives a reload; the file itself is kept beside it. */
export interface UploadItem {
  readonly id: string;
  /** Subject of whoever added it: nobody else ever sends it. */
  readonly owner: string;
  readonly placeId: string;
  /** As the device gave it: to be shown as text only. */
  readonly fileName: string;
  readonly bytes: number;
  readonly addedAtMs: number;
  readonly state: UploadState;
  /** By content. Known once the photo was checked. */
  readonly contentType?: string | undefined;
  /** Of the last ticket. Stored before anything is sent, so that a reload can ask what became of it. */
  readonly photoId?: string | undefined;
  readonly ticket?: UploadTicket | undefined;
  readonly problem?: UploadProblem | undefined;
  readonly canRetry?: boolean | undefined;
  /** Failures in a row. */
  readonly attempts: number;
}

/** An item as it is shown. */
export interface UploadView extends UploadItem {
  readonly sentBytes: number;
  /** Why nothing moves at the moment. */
  readonly pause?: UploadPause | undefined;
}

export type UploadPause = 'offline' | 'stalled' | 'retrying' | 'signed-out';

const finalStates: ReadonlySet<UploadState> = new Set(['published', 'refused', 'failed', 'cancelled']);

export const isFinal = (item: Pick<UploadItem, 'state'>): boolean => finalStates.has(item.state);

/** Whether it can still be taken back before anybody saw it. */
export const isCancellable = (item: Pick<UploadItem, 'state'>): boolean => !isFinal(item) && item.state !== 'sent';

export interface UploadTotals {
  readonly total: number;
  /** Sent, whatever became of them. */
  readonly arrived: number;
  readonly published: number;
  readonly unsuccessful: number;
  /** Still to be sent. */
  readonly open: number;
  /** 0 to 1, by bytes, of what is sent or still to be sent. */
  readonly fraction: number;
}

/** Sums up what is in the list; cancelled ones count for nothing. */
export function totalsOf(items: readonly UploadView[]): UploadTotals {
  const counted = items.filter((item) => item.state !== 'cancelled');
  const arrived = counted.filter((item) => item.state === 'sent' || item.state === 'published').length;
  const unsuccessful = counted.filter((item) => item.state === 'refused' || item.state === 'failed').length;
  const moving = counted.filter((item) => item.state !== 'refused' && item.state !== 'failed');
  const bytes = moving.reduce((sum, item) => sum + item.bytes, 0);
  const sent = moving.reduce((sum, item) => sum + sentBytesOf(item), 0);
  return {
    total: counted.length,
    arrived,
    published: counted.filter((item) => item.state === 'published').length,
    unsuccessful,
    open: counted.length - arrived - unsuccessful,
    fraction: bytes === 0 ? 1 : sent / bytes,
  };
}

const sentBytesOf = (item: UploadView) =>
  item.state === 'sent' || item.state === 'published' ? item.bytes : Math.min(item.sentBytes, item.bytes);
