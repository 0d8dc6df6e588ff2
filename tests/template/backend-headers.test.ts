import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolve } from '../../local/src/intrinsics.ts';
import { at, entries } from './json.ts';
import { parseTemplate } from './sam-template.ts';

/** The content security policy as browsers get it, on AWS and with the parameters that may change it. */

const path = 'services/backend/template.yaml';
const template = parseTemplate(path, readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));
const defaults = Object.fromEntries(
  entries(at(template.body, 'Parameters')).map(([name, parameter]) => [name, String(at(parameter, 'Default'))]),
);

function directives(given: Record<string, string> = {}): Record<string, string> {
  const headers = 'Resources.SecurityHeaders.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig';
  const policy = resolve(at(template.body, `${headers}.ContentSecurityPolicy.ContentSecurityPolicy`), {
    stackName: 'happy-path-dev-backend',
    stackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/happy-path-dev-backend/uuid',
    parameters: { ...defaults, ...given },
    resources: {},
    conditions: at(template.body, 'Conditions') as Record<string, unknown>,
  });
  return Object.fromEntries(
    String(policy)
      .split('; ')
      .map((directive) => directive.split(/ (.*)/s, 2) as [string, string]),
  );
}

test('on AWS the page talks to its own stack and to nobody else', () => {
  expect(directives()).toEqual({
    'default-src': "'self'",
    'connect-src': [
      "'self'",
      'https://happy-path-dev-uploads-123456789012-eu-west-1.s3.eu-west-1.amazonaws.com',
      'https://cognito-idp.eu-west-1.amazonaws.com',
      'https://cognito-identity.eu-west-1.amazonaws.com',
      'wss://*.iot.eu-west-1.amazonaws.com',
      'https://*.execute-api.eu-west-1.amazonaws.com',
      'https://happy-path-dev-reviews-media-123456789012-eu-west-1.s3.eu-west-1.amazonaws.com',
    ].join(' '),
    'img-src': "'self' data:",
    'worker-src': "'self'",
    'manifest-src': "'self'",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  });
});

test('parameters name other addresses, in place of those on AWS', () => {
  const given = {
    UploadOrigin: 'http://127.0.0.1:4566',
    CognitoIdpUrl: 'http://127.0.0.1:4566',
    CognitoIdentityUrl: 'http://127.0.0.1:4567',
    RealtimeOrigin: 'ws://abc-ats.iot.eu-west-1.localhost:4566',
    ReviewsOrigin: 'http://127.0.0.1:4568',
  };
  expect(directives(given)).toEqual({
    ...directives(),
    'connect-src': `'self' ${Object.values(given).join(' ')}`,
  });
});

test.each([
  ['https://tile.example/{z}/{x}/{y}.png', 'https://tile.example'],
  ['https://tile.example:8443/a/{z}/{x}/{y}@2x.png?key=1', 'https://tile.example:8443'],
  ['https://{s}.tile.example/{z}/{x}/{y}.png', 'https://*.tile.example'],
])('tiles of %s may be loaded as images, from there only', (TileUrl, origin) => {
  expect(directives({ TileUrl })).toEqual({ ...directives(), 'img-src': `'self' data: ${origin}` });
});

test.each(['TileUrl', 'UploadOrigin', 'CognitoIdpUrl', 'CognitoIdentityUrl', 'RealtimeOrigin', 'ReviewsOrigin'])(
  '%s takes nothing that would add to the policy',
  (name) => {
    const pattern = new RegExp(`^(?:${at(template.body, `Parameters.${name}.AllowedPattern`)})$`);
    const scheme = name === 'RealtimeOrigin' ? 'wss' : 'https';
    const suffix = name === 'TileUrl' ? '/{z}/{x}/{y}.png' : '';
    expect(`${scheme}://host.example:8443${suffix}`).toMatch(pattern);
    expect('').toMatch(pattern);
    for (const wrong of ['*', 'host.example', `${scheme}://*`, `${scheme}://a${suffix}; script-src *`, "'unsafe-eval'"])
      expect(wrong).not.toMatch(pattern);
  },
);

test('the bucket lets pages of the site send what their upload URLs have signed', () => {
  const [rule] = at(template.body, 'Resources.UploadBucket.Properties.CorsConfiguration.CorsRules') as unknown[];
  expect(rule).toMatchObject({
    AllowedMethods: ['PUT'],
    AllowedHeaders: ['content-type', 'if-none-match', 'x-amz-meta-correlation-id'],
    ExposedHeaders: ['ETag'],
  });
});
