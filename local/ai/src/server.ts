/**
 * The AI services of AWS on one machine: `node local/ai/src/server.ts --port 4567 --s3-endpoint http://127.0.0.1:4566
 * --region eu-west-1`. Stops on SIGTERM, and when the process that started it with a pipe as its stdin is gone.
 */
import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describe, Failure } from '../../src/failure.ts';
import { createCards } from './cards.ts';
import { comprehend } from './comprehend.ts';
import { createControl } from './control.ts';
import type { JsonObject } from './fields.ts';
import { createFront } from './front.ts';
import { s3Reader } from './images.ts';
import { startLanguage } from './language.ts';
import type { Operations } from './operations.ts';
import { missingPackages } from './packages.ts';
import { rekognition } from './rekognition.ts';
import { createTexts } from './texts.ts';
import { translate } from './translate.ts';
import { createTranslator } from './translator.ts';
import { startVision } from './vision.ts';

const host = '127.0.0.1';
/** Requests under way get so long to end after SIGTERM. */
const graceMs = 2_000;

const log = (line: JsonObject) => console.log(JSON.stringify(line));
const event = (name: string, fields: JsonObject = {}) =>
  log({ time: new Date().toISOString(), event: name, ...fields });

function options(): { port: number; s3Endpoint: string; region: string } {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, 's3-endpoint': { type: 'string' }, region: { type: 'string' } },
    strict: false,
  });
  const port = Number(values.port);
  const { 's3-endpoint': s3Endpoint, region } = values as Record<string, string | undefined>;
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || !s3Endpoint || !URL.canParse(s3Endpoint) || !region) {
    throw new Failure('usage: server.ts --port <port> --s3-endpoint <url> --region <region>');
  }
  return { port, s3Endpoint, region };
}

function start(): void {
  const { port, s3Endpoint, region } = options();
  const [missing] = missingPackages();
  if (missing) throw new Failure(`The AI models are not installed (${missing} is missing): run make setup.`);

  const events = {
    loaded: (model: string, ms: number) => event('loaded', { model, ms }),
    died: (error: Error, restarts: boolean) => event('models died', { cause: error.message, restarts }),
  };
  const vision = startVision(events);
  const language = startLanguage(events);
  const translator = createTranslator();
  const [cards, texts] = [createCards(), createTexts()];
  const operations: Operations = {
    ...rekognition(s3Reader(s3Endpoint, region), vision, cards),
    ...comprehend(language, texts),
    ...translate(translator, language, texts),
  };
  const control = createControl({ models: [vision, language], translator, cards, texts });
  const server = createFront({ operations, control, log });

  server.on('error', (error: NodeJS.ErrnoException) =>
    fail(error.code === 'EADDRINUSE' ? new Failure(`Port ${port} is in use by another program.`) : error),
  );
  server.listen(port, host, () => event('listening', { port, s3Endpoint, region }));

  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    event('stopping');
    setTimeout(() => server.closeAllConnections(), graceMs).unref();
    server.close(() => {
      translator.stop();
      void Promise.all([vision.stop(), language.stop()]).then(() => process.exit(0));
    });
    server.closeIdleConnections();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (isPipe(0)) process.stdin.on('end', stop).on('error', stop).resume();
}

/** True for what a parent process holds the other end of; a terminal or /dev/null says nothing about a parent. */
function isPipe(descriptor: number): boolean {
  const stat = fstatSync(descriptor);
  return stat.isFIFO() || stat.isSocket();
}

function fail(error: unknown): never {
  console.error(describe(error));
  process.exit(1);
}

try {
  start();
} catch (error) {
  fail(error);
}
