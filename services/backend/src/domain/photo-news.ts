import type { PhotoStatus, PublishedPhoto } from '@happy-path/photos/photo-record';

/** A photo's row as it was written when the photo reached its end. */
export interface EndedPhoto {
  readonly photoId: string;
  readonly placeId: string;
  readonly objStatus: Extract<PhotoStatus, 'PROCESSED' | 'REJECTED' | 'FAILED'>;
  readonly reason?: string | undefined;
  readonly reasonDetail?: string | undefined;
  readonly correlationId: string;
  readonly createdAt: string;
  /** When it ended, ISO 8601. */
  readonly endedAt: string;
  /** Workflow that ended it; none if no workflow had it. */
  readonly workflow?: string | undefined;
}

/** What a change of the table means to others. */
export type TableChange =
  | { readonly kind: 'ended'; readonly photo: EndedPhoto }
  | { readonly kind: 'appeared'; readonly photo: PublishedPhoto }
  | { readonly kind: 'removed'; readonly photo: RemovedPhoto };

/** A published photo that is no longer shown at its place. */
export type RemovedPhoto = Pick<PublishedPhoto, 'photoId' | 'placeId'>;

/** An event of the backend's own, before it is put into the bus's envelope. */
export interface PhotoEvent {
  readonly type: 'PhotoPublished' | 'PhotoRejected';
  readonly detail: Readonly<Record<string, string | number>>;
}

/** A change, and the event that it makes, if any. */
export interface News {
  readonly change: TableChange;
  readonly event: PhotoEvent | undefined;
}

export interface NewsPorts {
  /** Tells the uploader, by the photo's id, what became of the photo. */
  tellUploader(photo: EndedPhoto): Promise<void>;
  /** Tells whoever looks at the place that there is a new photo. */
  tellPlace(photo: PublishedPhoto): Promise<void>;
  /** Tells whoever looks at the place that a photo must not be shown any more. */
  tellRemoval(photo: RemovedPhoto): Promise<void>;
  /** Puts the event on the bus. */
  announce(event: PhotoEvent): Promise<void>;
}

/** @throws when the change makes no sense, and never will */
export function newsOf(change: TableChange): News {
  return { change, event: change.kind === 'ended' ? eventOf(change.photo) : undefined };
}

/**
 * Passes news on. The push to browsers and the event to the bus are tried side by side and neither waits for the other.
 *
 * @returns what the push failed with. It is not tried again: it is worth something for seconds, and a page that hears
 * nothing asks.
 * @throws when the bus did not take the event, which is then to be tried again: nobody would ask for it.
 */
export async function passOn({ change, event }: News, ports: NewsPorts): Promise<{ readonly pushError?: unknown }> {
  const [push, announcement] = await Promise.allSettled([pushOf(change, ports), event && ports.announce(event)]);
  if (announcement.status === 'rejected') throw announcement.reason;
  return push.status === 'rejected' ? { pushError: push.reason } : {};
}

function pushOf(change: TableChange, ports: NewsPorts): Promise<void> {
  if (change.kind === 'ended') return ports.tellUploader(change.photo);
  return change.kind === 'appeared' ? ports.tellPlace(change.photo) : ports.tellRemoval(change.photo);
}

/**
 * The event of a photo's end. A photo that FAILED has none: nothing was decided about it, and an operator who sets it back
 * may yet see it published.
 */
export function eventOf(photo: EndedPhoto): PhotoEvent | undefined {
  const { photoId, placeId, objStatus, reason, reasonDetail, correlationId, createdAt, endedAt } = photo;
  // From what happened, not from its delivery: the same again when the change is delivered again, or read off the table.
  const common = { version: 1, eventId: `${photoId}#${endedAt}`, photoId, placeId, createdAt };
  if (objStatus === 'PROCESSED')
    return { type: 'PhotoPublished', detail: { ...common, publishedAt: endedAt, correlationId } };
  if (objStatus !== 'REJECTED') return undefined;
  if (reason === undefined || reasonDetail === undefined) throw new Error(`Photo ${photoId} is REJECTED for no reason`);
  return { type: 'PhotoRejected', detail: { ...common, rejectedAt: endedAt, reason, reasonDetail, correlationId } };
}
