import type { IncomingMessage } from 'node:http';
import { type Cards, InvalidScriptError } from './cards.ts';
import { type Control, readBody, sendJson } from './front.ts';
import { ServiceError } from './service-error.ts';
import type { Vision } from './vision.ts';

const cardPath = /^\/_local\/cards\/([^/]+)$/;

/** /_local/health, and /_local/cards/<number> by which tests and the demo set what test cards do. */
export function createControl(vision: Pick<Vision, 'models' | 'waiting'>, cards: Cards): Control {
  return async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/_local/health' && request.method === 'GET') {
      sendJson(response, 200, { status: statusOf(vision.models), models: vision.models, queue: vision.waiting });
      return true;
    }
    const segment = cardPath.exec(pathname)?.[1];
    if (segment === undefined) return false;
    const number = /^\d+$/.test(segment) ? Number(segment) : Number.NaN;
    switch (request.method) {
      case 'PUT':
        try {
          sendJson(response, 200, cards.put(number, await readJson(request)));
        } catch (error) {
          if (!(error instanceof InvalidScriptError || error instanceof ServiceError)) throw error;
          sendJson(response, 400, { message: error.message || error.name });
        }
        return true;
      case 'GET': {
        const script = cards.get(number);
        sendJson(response, script ? 200 : 404, script ?? { message: `Card ${segment} has no script.` });
        return true;
      }
      case 'DELETE':
        cards.delete(number);
        response.writeHead(204).end();
        return true;
      default:
        sendJson(response, 405, { message: 'A card takes GET, PUT and DELETE.' });
        return true;
    }
  };
}

function statusOf(models: Vision['models']): 'warming' | 'ready' | 'failed' {
  const states = Object.values(models);
  if (states.includes('failed')) return 'failed';
  return states.every((state) => state === 'ready') ? 'ready' : 'warming';
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse((await readBody(request)).toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidScriptError(`The body is not JSON: ${error.message}`);
    throw error;
  }
}
