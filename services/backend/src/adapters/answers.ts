import type { PhotoRecord, PublishedPhoto } from '@happy-path/photos/photo-record';
import type { EndedPhoto, RemovedPhoto } from '../domain/photo-news.ts';

/** A published photo as the API shows it. URLs are relative to the site: one domain serves page, API and photos. */
export function photoAnswer({
  photoId,
  placeId,
  createdAt,
  takenAt,
  camera,
  width,
  height,
  renditions,
}: PublishedPhoto) {
  return {
    photoId,
    placeId,
    createdAt,
    ...(takenAt !== undefined && { takenAt }),
    ...(camera !== undefined && { camera }),
    width,
    height,
    renditions: renditions.map((rendition) => ({
      kind: rendition.kind,
      type: rendition.type,
      url: `/${rendition.key}`,
      width: rendition.width,
      height: rendition.height,
      bytes: rendition.bytes,
    })),
  };
}

/** A photo's status as its owner sees it. */
export function statusAnswer({ photoId, placeId, objStatus, reason, reasonDetail, createdAt }: PhotoRecord) {
  return {
    photoId,
    placeId,
    status: objStatus,
    ...(reason !== undefined && { reason }),
    ...(reasonDetail !== undefined && { reasonDetail }),
    createdAt,
  };
}

/** That a photo is to be shown no more, pushed to whoever looks at its place. */
export function removalMessage({ photoId }: RemovedPhoto) {
  return { photoId, removed: true };
}

/** What became of a photo, pushed to whoever knows its id. */
export function outcomeMessage({ photoId, placeId, objStatus, reason, reasonDetail }: EndedPhoto) {
  return {
    photoId,
    placeId,
    status: objStatus,
    ...(reason !== undefined && { reason }),
    ...(reasonDetail !== undefined && { reasonDetail }),
  };
}
