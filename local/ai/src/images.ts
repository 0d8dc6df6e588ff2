import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { clientConfig } from '../../src/clients.ts';
import type { Fields } from './fields.ts';
import { ServiceError } from './service-error.ts';

/** Where a request says its picture is. */
export type ImageReference = { bytes: Buffer } | { bucket: string; key: string; version: string | undefined };

/** Reads the file of an S3 object. @throws ServiceError when it is not there, or too large */
export type ReadObject = (object: Exclude<ImageReference, { bytes: Buffer }>, signal: AbortSignal) => Promise<Buffer>;

// https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
const maxBytes = 5 * 1024 ** 2;
const maxObjectBytes = 15 * 1024 ** 2;
const minSide = 80;
const maxSide = 10_000;

/** Reads the Image member of a request. @throws ServiceError when it has no picture, or two */
export function readImage(request: Fields): () => ImageReference {
  const image = request.object('Image');
  if (!image) request.refuse('Image', 'not be null');
  const bytes = image && readBytes(image);
  const object = image?.object('S3Object');
  const bucket = object?.text('Bucket', { min: 3, max: 255, pattern: /^[0-9A-Za-z.\-_]*$/ });
  const key = object?.text('Name', { min: 1, max: 1024 });
  const version = object?.text('Version', { min: 1, max: 1024 });
  // What the members mean together is looked at only when each of them is right.
  return () => {
    if (bytes && !object) return { bytes };
    if (bytes || bucket === undefined || key === undefined) throw new ServiceError('InvalidParameterException');
    return { bucket, key, version };
  };
}

function readBytes(image: Fields): Buffer | undefined {
  const base64 = image.text('Bytes', {});
  if (base64 === undefined) return undefined;
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new ServiceError('SerializationException', 'image.bytes is not Base64');
  }
  const bytes = Buffer.from(base64, 'base64');
  const shown = `java.nio.HeapByteBuffer[pos=0 lim=${bytes.length} cap=${bytes.length}]`;
  if (bytes.length === 0) image.refuse('Bytes', 'have length greater than or equal to 1', shown);
  if (bytes.length > maxBytes) image.refuse('Bytes', `have length less than or equal to ${maxBytes}`, shown);
  return bytes;
}

/** Reads objects of the local engine, as its administrator: roles are not looked at. */
export function s3Reader(endpoint: string, region: string): ReadObject {
  const client = new S3Client({ ...clientConfig({ endpoint, region }), forcePathStyle: true });
  return async ({ bucket, key, version }, abortSignal) => {
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version });
      const { Body, ContentLength = 0 } = await client.send(command, { abortSignal });
      if (ContentLength > maxObjectBytes) {
        (Body as Readable | undefined)?.destroy();
        throw new ServiceError('ImageTooLargeException', 'Image size is too large');
      }
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      const isAnswer = error instanceof S3ServiceException && error.$fault === 'client';
      if (isAnswer) throw new ServiceError('InvalidS3ObjectException', undefined, { cause: error });
      throw error;
    }
  };
}

const signatures = [Buffer.from([0xff, 0xd8, 0xff]), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])];

/** Checks that a picture is one the service takes: a JPEG or PNG, of 80 to 10,000 pixels a side. @throws ServiceError */
export async function requireSuitable(image: Buffer): Promise<void> {
  if (!signatures.some((signature) => image.subarray(0, signature.length).equals(signature))) {
    throw new ServiceError('InvalidImageFormatException');
  }
  const { width, height } = await sharp(image, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new ServiceError('InvalidImageFormatException', undefined, { cause });
    });
  if (width > maxSide || height > maxSide) {
    throw new ServiceError(
      'ImageTooLargeException',
      `Input image dimensions ${width} x ${height} exceed maximum dimension size of ${maxSide} pixels`,
    );
  }
  // The service has no better word for a picture that is too small.
  if (width < minSide || height < minSide) throw new ServiceError('InvalidParameterException');
}
