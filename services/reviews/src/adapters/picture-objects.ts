import type { ArrivedObject } from '@happy-path/aws/s3-event';
import { removeObjects, removeVersion, removeVersions } from '@happy-path/aws/s3-objects';
import { mediaFolder, renditionFolder } from '../domain/pictures.ts';

/** Originals in the media bucket and renditions in the distribution bucket. */
export function pictureObjects(mediaBucket: string, distributionBucket: string) {
  return {
    removeUpload: ({ key, versionId }: ArrivedObject): Promise<void> => removeVersion(mediaBucket, key, versionId),

    removeOriginal: ({ key }: ArrivedObject): Promise<void> => removeVersions(mediaBucket, key),

    removeRenditions: (reviewId: string, mediaId: string): Promise<void> =>
      removeObjects(distributionBucket, `${renditionFolder(reviewId)}${mediaId}/`),

    /** Removes everything of a review's pictures. */
    async removePictures(reviewId: string): Promise<void> {
      await removeObjects(distributionBucket, renditionFolder(reviewId));
      await removeVersions(mediaBucket, mediaFolder(reviewId));
    },
  };
}
