/**
 * The built page as CloudFront serves it, compressed and with its policy, and a few places and photos behind it: enough
 * for what a visitor's first look asks for. It stands in for the engine, whose CDN compresses nothing.
 */
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { samplePhotos } from '../samples/photos/index.ts';
import { headersOf } from '../tools/publish-site.ts';
import { ways } from './ways.ts';

const root = path.resolve(import.meta.dirname, '..');
export const builtSite = path.join(root, 'services/frontend/dist');
const photoCount = 14;
const placeCount = 20;

interface File {
  readonly type: string;
  readonly cacheControl: string;
  readonly data: Buffer;
}

export interface PageSite {
  readonly origin: string;
  /** Paths that were asked for and that nothing is behind. */
  readonly missing: ReadonlySet<string>;
  /** Whether the page has understood the answers so far as to ask for photos. */
  showsPhotos(): boolean;
  close(): void;
}

/** Serves the page on a free port of this machine. */
export async function servePage(): Promise<PageSite> {
  const files = new Map<string, File>();
  const missing = new Set<string>();
  const photosAsked = new Set<string>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = request.method === 'POST' ? credentials(request) : files.get(pathname);
    const isView = !path.extname(pathname) && !pathname.startsWith('/api/');
    const answer = file ?? (isView ? files.get('/index.html') : undefined);
    if (pathname.startsWith('/photos/')) photosAsked.add(pathname);
    if (answer) send(request, response, answer, headers);
    else {
      missing.add(pathname);
      response.writeHead(404).end();
    }
  });
  server.on('upgrade', welcomeListener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  const headers = {
    'content-security-policy': await contentSecurityPolicy(`ws://${host}`),
    'x-content-type-options': 'nosniff',
  };

  for (const name of globSync('**/*.*', { cwd: builtSite })) {
    const key = name.split(path.sep).join('/');
    const { ContentType: type, CacheControl: cacheControl } = headersOf(key);
    files.set(`/${key}`, { type, cacheControl, data: await readFile(path.join(builtSite, name)) });
  }
  const places = placesNearby();
  const place = places[0];
  const photos = await publishedPhotos(files);
  files.set('/api/config', json(config(host)));
  files.set('/api/locations', json({ locations: places }));
  files.set(`/api/locations/${place?.placeId}`, json(place));
  files.set(`/api/locations/${place?.placeId}/photos`, json({ photos }));
  return {
    origin: `http://${host}`,
    missing,
    showsPhotos: () => photosAsked.size > 0,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** As services/backend/template.yaml has it, with this site in the place of every other that the page connects to. */
async function contentSecurityPolicy(realtime: string): Promise<string> {
  const template = await readFile(path.join(root, 'services/backend/template.yaml'), 'utf8');
  const { Resources } = parse(template, { logLevel: 'silent' });
  const { SecurityHeadersConfig } = Resources.SecurityHeaders.Properties.ResponseHeadersPolicyConfig;
  const [policy] = SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy as [string];
  return policy.replace(`\${Realtime}`, realtime).replace(/ ?\$\{\w+\}/g, '');
}

function config(host: string) {
  return {
    region: 'eu-west-1',
    stage: 'bench',
    userPoolId: 'eu-west-1_bench',
    userPoolClientId: 'bench',
    identityPoolId: 'eu-west-1:bench',
    realtimeEndpoint: host,
    realtimeUrl: `ws://${host}/mqtt`,
    cognitoIdpUrl: `http://${host}/cognito-idp`,
    cognitoIdentityUrl: `http://${host}/cognito-identity`,
  };
}

/** Parks around the middle of Barcelona, where the page starts. */
function placesNearby() {
  return Array.from({ length: placeCount }, (_, index) => {
    const distanceKm = 0.3 + index * 0.22;
    const angle = index * 2.4;
    return {
      placeId: `place-${index}`,
      name: `Parc del Molí ${index + 1}`,
      type: 'park',
      address: `Carrer de la Font ${index + 1}, Barcelona`,
      lat: 41.39 + (distanceKm / 111) * Math.cos(angle),
      lng: 2.16 + (distanceKm / 83) * Math.sin(angle),
      distanceKm,
    };
  });
}

/** The sample photos as the Resizer publishes them; their renditions are put among `files`. */
async function publishedPhotos(files: Map<string, File>) {
  const samples = (await samplePhotos()).filter(({ expect }) => expect === 'published').slice(0, photoCount);
  const published = [];
  for (const [index, { data }] of samples.entries()) {
    const rendered = await ways.ours4(data);
    if (rendered.outcome !== 'RENDERED') throw new Error(`A sample photo was refused: ${rendered.reason}`);
    const photoId = `photo-${index}`;
    const renditions = rendered.renditions.map(({ data, ...about }) => {
      const url = `/photos/${photoId}/${about.kind}.${about.type.slice('image/'.length)}`;
      files.set(url, { type: about.type, cacheControl: 'public, max-age=31536000, immutable', data });
      return { ...about, url };
    });
    const createdAt = new Date(Date.UTC(2026, 4, 30 - index)).toISOString();
    const { width, height } = rendered;
    published.push({ photoId, placeId: 'place-0', createdAt, width, height, renditions });
  }
  return published;
}

const json = (value: unknown): File => ({
  type: 'application/json',
  cacheControl: 'no-store',
  data: Buffer.from(JSON.stringify(value)),
});

/** Cognito's two answers for a visitor who only listens. */
function credentials(request: IncomingMessage): File {
  if (String(request.headers['x-amz-target']).endsWith('.GetId')) return json({ IdentityId: 'eu-west-1:visitor' });
  const Expiration = Math.floor(Date.now() / 1000) + 3600;
  return json({ Credentials: { AccessKeyId: 'id', SecretKey: 'secret', SessionToken: 'token', Expiration } });
}

/** CloudFront compresses text from 1000 bytes on, with Brotli where the browser takes it. */
function send(request: IncomingMessage, response: ServerResponse, file: File, headers: Record<string, string>) {
  const accepted = String(request.headers['accept-encoding']);
  const isText = /^text\/|json|javascript|svg/.test(file.type) && file.data.length >= 1000;
  const encoding = isText ? ['br', 'gzip'].find((each) => accepted.includes(each)) : undefined;
  const body = compressed(file.data, encoding);
  response.writeHead(200, {
    ...headers,
    'content-type': file.type,
    'cache-control': file.cacheControl,
    'content-length': body.length,
    vary: 'accept-encoding',
    ...(encoding && { 'content-encoding': encoding }),
  });
  response.end(body);
}

const kept = new Map<string, Buffer>();

function compressed(data: Buffer, encoding: string | undefined): Buffer {
  if (!encoding) return data;
  const key = encoding + createHash('sha256').update(data).digest('hex');
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  const body = kept.get(key) ?? (encoding === 'br' ? brotliCompressSync(data, quality) : gzipSync(data));
  kept.set(key, body);
  return body;
}

/** As much of MQTT over WebSocket as keeps a visitor connected who hears nothing: CONNACK and SUBACK. */
function welcomeListener(request: IncomingMessage, socket: Duplex) {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: mqtt', '', ''].join('\r\n'));
  socket.on('error', () => socket.destroy());
  socket.on('data', (frame: Buffer) => {
    // The page's packets are short, and it waits for the answer before it sends another: a frame's head has six bytes.
    const mask = frame.subarray(2, 6);
    const packet = frame.subarray(6).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    if (frame[0] !== 0x82) socket.end();
    else if (packet[0] === 0x10) socket.write(Buffer.from([0x82, 4, 0x20, 2, 0, 0]));
    else if (packet[0] === 0x82) socket.write(Buffer.from([0x82, 5, 0x90, 3, packet[2] ?? 0, packet[3] ?? 0, 1]));
  });
}
