import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Page } from 'playwright-core';
import { Visitor } from '../../local/src/visitor.ts';
import { published as publishedValue, site } from '../engine-fixture.ts';

/** Every confirmation code of the local engine's user pools. */
export const confirmationCode = '123456';

/** Somebody who signs in on a page, and what the tests know of that person beside it. */
export interface Account {
  readonly email: string;
  readonly password: string;
  /** The same person without a browser. */
  readonly visitor: Visitor;
  readonly refreshToken: string;
}

const { region, endpoint, credentials } = site;
export const cognito = new CognitoIdentityProviderClient({ region, endpoint, credentials });

/** An address nobody else has, and a password. */
export const newCredentials = () => ({
  email: `visitor-${randomUUID()}@example.com`,
  password: `pass-${randomUUID()}`,
});

export const clientId = async (): Promise<string> => (await new Visitor(site).get('/config')).body.userPoolClientId;

/** An account that is confirmed already. */
export async function newAccount(): Promise<Account> {
  const { email, password } = newCredentials();
  const ClientId = await clientId();
  await cognito.send(new SignUpCommand({ ClientId, Username: email, Password: password }));
  await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: email, ConfirmationCode: confirmationCode }));
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId,
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  );
  const visitor = new Visitor(site, AuthenticationResult?.IdToken);
  return { email, password, visitor, refreshToken: AuthenticationResult?.RefreshToken ?? '' };
}

/** Puts somebody into the group of those who read the negative reviews; the next token says so. */
export async function makeManager({ email }: Account): Promise<void> {
  const UserPoolId = await publishedValue('backend/user-pool-id');
  await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: email, GroupName: 'managers' }));
}

/** Signs in on the page that asks for it; `path` is where it leads back to. */
export async function signIn(page: Page, { email, password }: Account, path: string): Promise<void> {
  await page.goto(`/sign-in?return=${encodeURIComponent(path)}`);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname + url.search === path);
}

export interface Place {
  readonly placeId: string;
  readonly name: string;
  readonly lat: number;
  readonly lng: number;
}

/** A point that no other test has places near. */
export function somewhere(): { lat: number; lng: number } {
  const between = (from: number, to: number) => Number((from + Math.random() * (to - from)).toFixed(4));
  return { lat: between(-55, 55), lng: between(-170, 170) };
}

export async function newPlace(
  { visitor }: Pick<Account, 'visitor'>,
  { lat, lng } = somewhere(),
  name = 'Quiet Park',
  address = 'Behind the old mill',
): Promise<Place> {
  const { status, body } = await visitor.post('/locations', { name, type: 'park', lat, lng, address });
  if (status !== 201) throw new Error(`No place: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** A sample photo, under a name of one's choice. */
export async function photo(sample: string, name = sample) {
  const buffer = await readFile(`samples/photos/${sample}`);
  return { name, buffer, mimeType: `image/${sample.split('.').at(-1)?.replace('jpg', 'jpeg')}` };
}

/** Publishes a sample photo without a browser. @returns its id */
export async function publish({ visitor }: Account, { placeId }: Place, sample: string): Promise<string> {
  const { buffer, mimeType } = await photo(sample);
  const photoId = await visitor.upload(placeId, mimeType, buffer);
  const { status } = await visitor.outcome(photoId);
  if (status !== 'PROCESSED') throw new Error(`${sample} is ${status}`);
  return photoId;
}

/** A PUT to the upload bucket: nothing else is signed. */
export const isUpload = (url: URL): boolean =>
  url.searchParams.has('X-Amz-Signature') && url.protocol.startsWith('http');

/** Chooses files on a place's page. */
export const choose = (page: Page, files: Parameters<ReturnType<Page['locator']>['setInputFiles']>[0]): Promise<void> =>
  page.getByLabel('Choose photos').setInputFiles(files);

/** What the list of uploads on a place's page says of a file. */
export const uploadOf = (page: Page, name: string) =>
  page.locator('.upload-panel').getByRole('listitem').filter({ hasText: name });

/** Waits until that list says that a file is published. */
export const published = (page: Page, name: string): Promise<void> =>
  uploadOf(page, name).getByText('Published', { exact: true }).waitFor();

/** The photos that a place's page shows. */
export const photosOn = (page: Page) => page.getByRole('region', { name: 'Photos', exact: true }).getByRole('listitem');
