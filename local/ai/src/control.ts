import type { IncomingMessage } from 'node:http';
import type { Cards } from './cards.ts';
import { type Control, readBody, sendJson } from './front.ts';
import type { ModelState } from './model-thread.ts';
import { InvalidScriptError } from './script.ts';
import { ServiceError } from './service-error.ts';
import type { Texts } from './texts.ts';
import type { Translator } from './translator.ts';

const scriptPath = /^\/_local\/(cards|texts)\/([^/]+)$/;

/** Scripts by what they are known by. */
interface Scripts {
  put(name: string, body: unknown): object;
  get(name: string): object | undefined;
  delete(name: string): void;
}

/** Models in a thread, and what waits for them. */
interface Models {
  readonly models: Readonly<Record<string, ModelState>>;
  readonly waiting: number;
}

export interface Controlled {
  models: Models[];
  translator: Pick<Translator, 'pairs'>;
  cards: Cards;
  texts: Texts;
}

/**
 * /_local/health, and /_local/cards/<number> and /_local/texts/<marker>, by which tests and the demo set what test cards and
 * texts with a marker do.
 */
export function createControl({ models, translator, cards, texts }: Controlled): Control {
  const numberOf = (name: string) => (/^\d+$/.test(name) ? Number(name) : Number.NaN);
  const scripts: Record<string, Scripts> = {
    cards: {
      put: (name, body) => cards.put(numberOf(name), body),
      get: (name) => cards.get(numberOf(name)),
      delete: (name) => cards.delete(numberOf(name)),
    },
    texts,
  };

  return async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/_local/health' && request.method === 'GET') {
      const states: Record<string, ModelState> = Object.assign({}, ...models.map((each) => each.models));
      sendJson(response, 200, {
        status: statusOf(Object.values(states)),
        models: states,
        queue: models.reduce((sum, { waiting }) => sum + waiting, 0),
        translates: translator.pairs(),
      });
      return true;
    }
    const [, kind = '', name = ''] = scriptPath.exec(pathname) ?? [];
    const found = scripts[kind];
    if (!found) return false;
    switch (request.method) {
      case 'PUT':
        try {
          sendJson(response, 200, found.put(name, await readJson(request)));
        } catch (error) {
          if (!(error instanceof InvalidScriptError || error instanceof ServiceError)) throw error;
          sendJson(response, 400, { message: error.message || error.name });
        }
        return true;
      case 'GET': {
        const script = found.get(name);
        sendJson(response, script ? 200 : 404, script ?? { message: `There is no script in ${kind}/${name}.` });
        return true;
      }
      case 'DELETE':
        found.delete(name);
        response.writeHead(204).end();
        return true;
      default:
        sendJson(response, 405, { message: 'A script takes GET, PUT and DELETE.' });
        return true;
    }
  };
}

function statusOf(states: ModelState[]): 'warming' | 'ready' | 'failed' {
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
