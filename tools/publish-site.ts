/** Copies the page, services/frontend/site, to the site bucket of a stage and invalidates what changed on CloudFront. */

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

const siteFolder = join(import.meta.dirname, '..', 'services', 'frontend', 'site');

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

/** How a file of the page is served. A name with a content hash never changes its content; all else is asked for each time. */
export function headersOf(file: string): { ContentType: string; CacheControl: string } {
  const hashed = /[.-][0-9a-f]{8,}\.\w+$/.test(file);
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
  for (const entry of globSync('**/*', { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const Key = relative(folder, file).split(sep).join('/');
    const Body = await readFile(file);
    if (etags.get(Key) === `"${createHash('md5').update(Body).digest('hex')}"`) continue;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...headersOf(Key) }));
    uploaded.push(Key);
  }
  if (uploaded.length > 0) await invalidate(new CloudFrontClient(settings), DistributionId);
  return uploaded;
}

/** The whole page at once: `/*` counts as one path, however many files it covers. */
async function invalidate(client: CloudFrontClient, DistributionId: string): Promise<void> {
  const Paths = { Quantity: 1, Items: ['/*'] };
  const InvalidationBatch = { CallerReference: crypto.randomUUID(), Paths };
  await client.send(new CreateInvalidationCommand({ DistributionId, InvalidationBatch }));
}
