import { randomUUID } from 'node:crypto';
import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Connection } from './engine.ts';
import { poll } from './poll.ts';

/** What a visitor needs of a running system. */
export type Site = Omit<Connection, 'stage'>;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  /** The body as it came. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the answer's shape is what its reader is about to check
  readonly body: any;
}

export interface UploadTicket {
  readonly photoId: string;
  readonly uploadUrl: string;
  readonly requiredHeaders: Record<string, string>;
  readonly expiresInSeconds: number;
}

export interface PhotoOutcome {
  readonly photoId: string;
  readonly status: string;
  readonly reason?: string;
  readonly reasonDetail?: string;
}

/** Every confirmation code of the local engine's user pools. */
const localConfirmationCode = '123456';
const terminal = new Set(['PROCESSED', 'REJECTED', 'FAILED']);

/** Someone with a browser: everything goes through the site's address and the user pool's public operations. */
export class Visitor {
  readonly site: Site;
  token: string | undefined;

  constructor(site: Site, token?: string) {
    this.site = site;
    this.token = token;
  }

  /** Where the paths of {@link send} begin. */
  protected get apiUrl(): string {
    return `${this.site.siteUrl}/api`;
  }

  /** Signs up with an address nobody else has, confirms it and signs in. */
  static async signUp(site: Site): Promise<Visitor> {
    const { region, endpoint, credentials } = site;
    const visitor = new Visitor(site);
    const { body: config } = await visitor.get('/config');
    const cognito = new CognitoIdentityProviderClient({ region, endpoint, credentials });
    const ClientId: string = config.userPoolClientId;
    const Username = `visitor-${randomUUID()}@example.com`;
    const Password = `pass-${randomUUID()}`;
    await cognito.send(new SignUpCommand({ ClientId, Username, Password }));
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: localConfirmationCode }));
    const { AuthenticationResult } = await cognito.send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId,
        AuthParameters: { USERNAME: Username, PASSWORD: Password },
      }),
    );
    visitor.token = AuthenticationResult?.IdToken;
    return visitor;
  }

  get(path: string, headers?: Record<string, string>): Promise<ApiAnswer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiAnswer> {
    return this.send('POST', path, typeof body === 'string' ? body : JSON.stringify(body), headers);
  }

  delete(path: string): Promise<ApiAnswer> {
    return this.send('DELETE', path);
  }

  async send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const response = await this.site.fetch(this.apiUrl + path, {
      method,
      headers: {
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? undefined : parseJson(text),
    };
  }

  /** Asks for an upload URL. */
  async ticket(placeId: string, contentType: string, contentLength: number): Promise<UploadTicket> {
    const query = new URLSearchParams({ placeId, contentType, contentLength: String(contentLength) });
    const { status, body } = await this.get(`/images?${query}`);
    if (status !== 200) throw new Error(`No upload URL: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Puts the photo where the ticket says. @returns the bucket's status code */
  async put(ticket: UploadTicket, photo: Uint8Array): Promise<number> {
    // fetch sets Content-Length itself, from the body.
    const { 'content-length': _, ...headers } = ticket.requiredHeaders;
    const response = await this.site.fetch(ticket.uploadUrl, { method: 'PUT', headers, body: new Uint8Array(photo) });
    await response.arrayBuffer();
    return response.status;
  }

  /** Asks for a URL and uploads the photo. @returns its id */
  async upload(placeId: string, contentType: string, photo: Uint8Array): Promise<string> {
    const ticket = await this.ticket(placeId, contentType, photo.length);
    const status = await this.put(ticket, photo);
    if (status !== 200) throw new Error(`The bucket refused photo ${ticket.photoId}: ${status}`);
    return ticket.photoId;
  }

  /** Waits for the photo's terminal state. */
  outcome(photoId: string, timeoutMs = 30_000): Promise<PhotoOutcome> {
    return poll(`photo ${photoId} to be published or refused`, timeoutMs, async () => {
      const { body } = await this.get(`/images/${photoId}`);
      return terminal.has(body.status) ? (body as PhotoOutcome) : undefined;
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
