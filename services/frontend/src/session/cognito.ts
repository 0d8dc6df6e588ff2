import * as v from 'valibot';
import { runtimeConfig } from '../runtime-config.ts';

const Tokens = v.object({
  AuthenticationResult: v.optional(
    v.object({
      AccessToken: v.string(),
      IdToken: v.string(),
      ExpiresIn: v.number(),
      RefreshToken: v.optional(v.string()),
    }),
  ),
  ChallengeName: v.optional(v.string()),
});

export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly expiresInSeconds: number;
  /** Only at sign-in, or where the user pool rotates them. */
  readonly refreshToken: string | undefined;
}

/** Codes that are not Cognito's own. */
export type LocalCode = 'Network' | 'Challenge';

/** Cognito did not do what was asked. `code` is its error's name, such as `CodeMismatchException`. */
export class CognitoProblem extends Error {
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(code, options);
    this.name = 'CognitoProblem';
    this.code = code;
  }
}

const timeoutMs = 15_000;

/** The public operations of the user pool, which need no credentials. @throws CognitoProblem */
export const cognito = {
  async signUp(email: string, password: string): Promise<void> {
    const UserAttributes = [{ Name: 'email', Value: email }];
    await call('SignUp', { Username: email, Password: password, UserAttributes });
  },
  async confirmSignUp(email: string, code: string): Promise<void> {
    await call('ConfirmSignUp', { Username: email, ConfirmationCode: code });
  },
  async resendCode(email: string): Promise<void> {
    await call('ResendConfirmationCode', { Username: email });
  },
  async forgotPassword(email: string): Promise<void> {
    await call('ForgotPassword', { Username: email });
  },
  async confirmForgotPassword(email: string, code: string, password: string): Promise<void> {
    await call('ConfirmForgotPassword', { Username: email, ConfirmationCode: code, Password: password });
  },
  signIn: (email: string, password: string): Promise<Tokens> =>
    authenticate('USER_PASSWORD_AUTH', { USERNAME: email, PASSWORD: password }),
  refresh: (refreshToken: string, signal: AbortSignal): Promise<Tokens> =>
    authenticate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refreshToken }, signal),
  /** Makes the refresh token, and the access tokens that came from it, worthless. */
  async revoke(refreshToken: string): Promise<void> {
    await call('RevokeToken', { Token: refreshToken });
  },
};

async function authenticate(
  AuthFlow: string,
  AuthParameters: Record<string, string>,
  signal?: AbortSignal,
): Promise<Tokens> {
  const parsed = v.safeParse(Tokens, await call('InitiateAuth', { AuthFlow, AuthParameters }, signal));
  const result = parsed.success ? parsed.output.AuthenticationResult : undefined;
  // Such as a second factor: this page has no form for it.
  if (!result) throw new CognitoProblem('Challenge');
  return {
    accessToken: result.AccessToken,
    idToken: result.IdToken,
    expiresInSeconds: result.ExpiresIn,
    refreshToken: result.RefreshToken,
  };
}

const ErrorBody = v.object({ __type: v.string() });

async function call(operation: string, parameters: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> {
  const { cognitoIdpUrl, userPoolClientId } = runtimeConfig();
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(cognitoIdpUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify({ ClientId: userPoolClientId, ...parameters }),
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      // A revocation is to arrive even when the page is being left.
      keepalive: operation === 'RevokeToken',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (cause) {
    throw new CognitoProblem('Network', { cause });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const error = v.safeParse(ErrorBody, body);
  // The name may come with a namespace: com.amazonaws…#CodeMismatchException.
  const code = error.success ? error.output.__type.split('#').at(-1) : undefined;
  throw new CognitoProblem(code ?? (response.status === 429 ? 'TooManyRequestsException' : 'InternalErrorException'));
}
