/**
 * Copies the built page, services/frontend/dist, to the site bucket of a stage and invalidates it on CloudFront.
 *
 * What an older build has left under assets/ stays: a page that was opened before goes on loading its own pieces, and a
 * piece is a few kilobytes.
 */

import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

interface ClientSettings {
  endpoint?: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

const siteFolder = join(import.meta.dirname, '..', 'services', 'frontend', 'dist');

const atOnce = 8;

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** How a file of the page is served. What Vite puts under assets/ has its content's hash in its name; all else is asked for each time. */
export function headersOf(file: string): { ContentType: string; CacheControl: string } {
  const hashed = file.startsWith('assets/');
  return {
    ContentType: contentTypes[extname(file)] ?? 'application/octet-stream',
    CacheControl: hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

/**
 * Uploads the files that differ from the bucket's.
 *
 * @returns the keys uploaded
 */
export async function publishSite(
  stage: string,
  settings: ClientSettings = {},
  folder = siteFolder,
): Promise<string[]> {
  const ssm = new SSMClient(settings);
  const parameter = async (name: string) => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/happy-path/${stage}/backend/${name}` }));
    return Parameter?.Value ?? '';
  };
  const [Bucket, DistributionId] = await Promise.all([parameter('site-bucket'), parameter('distribution-id')]);
  const s3 = new S3Client({ ...settings, forcePathStyle: settings.endpoint !== undefined });

  const etags = new Map<string | undefined, string | undefined>();
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key, ETag } of page.Contents ?? []) etags.set(Key, ETag);
  }
  const uploaded: string[] = [];
  const upload = async (Key: string) => {
    const Body = await readFile(join(folder, ...Key.split('/')));
    if (etags.get(Key) === `"${createHash('md5').update(Body).digest('hex')}"`) return;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...headersOf(Key) }));
    uploaded.push(Key);
  };
  const [assets, others] = keysOf(folder);
  for (let start = 0; start < assets.length; start += atOnce)
    await Promise.all(assets.slice(start, start + atOnce).map(upload));
  for (const key of others) await upload(key);
  if (uploaded.length > 0) await invalidate(new CloudFrontClient(settings), DistributionId);
  return uploaded;
}

/** The files of a build. What the page names comes before the page itself, so that none that is loaded meanwhile misses a piece. */
export function keysOf(folder: string): [assets: string[], others: string[]] {
  const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  const keys = files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')).sort();
  const isAsset = (key: string) => key.startsWith('assets/');
  return [keys.filter(isAsset), keys.filter((key) => !isAsset(key))];
}

/** The whole page at once: `/*` counts as one path, however many files it covers. */
async function invalidate(client: CloudFrontClient, DistributionId: string): Promise<void> {
  const Paths = { Quantity: 1, Items: ['/*'] };
  const InvalidationBatch = { CallerReference: crypto.randomUUID(), Paths };
  await client.send(new CreateInvalidationCommand({ DistributionId, InvalidationBatch }));
}
