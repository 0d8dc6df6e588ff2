import { describe, expect, it } from 'vitest';
import { readOpenApi } from '../src/open-api.ts';

const integration = { type: 'aws_proxy', httpMethod: 'POST', uri: 'arn:get', payloadFormatVersion: '2.0' };
const operation = (more: object = {}) => ({ 'x-amazon-apigateway-integration': integration, ...more });
const body = (paths: object, more: object = {}) => ({ openapi: '3.0.1', paths, ...more });
const jwt = {
  type: 'jwt',
  identitySource: '$request.header.Authorization',
  jwtConfiguration: { issuer: 'i', audience: ['a'] },
};

describe('readOpenApi', () => {
  it('makes one route of each operation', () => {
    const { routes } = readOpenApi(
      body({
        '/locations': { get: operation(), post: operation() },
        '/{proxy+}': { 'x-amazon-apigateway-any-method': operation() },
        '/$default': { 'x-amazon-apigateway-any-method': operation() },
      }),
    );
    expect(routes.map(({ key }) => key)).toEqual(['GET /locations', 'POST /locations', 'ANY /{proxy+}', '$default']);
    expect(routes[0]?.integration).toEqual({ uri: 'arn:get', payloadFormatVersion: '2.0' });
  });

  it('keeps the timeout of an integration', () => {
    const limited = { 'x-amazon-apigateway-integration': { ...integration, timeoutInMillis: 5000 } };
    expect(readOpenApi(body({ '/a': { get: limited } })).routes[0]?.integration.timeoutMs).toBe(5000);
  });

  it('tells routes that need a token from open ones', () => {
    const { routes } = readOpenApi(
      body({
        '/closed': { get: operation({ security: [{ Visitor: ['write'] }] }) },
        '/open': { get: operation({ security: [{ NONE: [] }] }) },
        '/silent': { get: operation() },
      }),
    );
    expect(routes.map(({ authorizer }) => authorizer)).toEqual([
      { name: 'Visitor', scopes: ['write'] },
      undefined,
      undefined,
    ]);
  });

  it('reads JWT authorizers', () => {
    const components = { securitySchemes: { Visitor: { type: 'oauth2', 'x-amazon-apigateway-authorizer': jwt } } };
    expect(readOpenApi(body({}, { components })).authorizers).toEqual({
      Visitor: { issuer: 'i', audience: ['a'], identitySource: '$request.header.Authorization' },
    });
  });

  it('spells CORS rules as the API wants them', () => {
    const cors = { allowOrigins: ['https://a'], maxAge: 60 };
    expect(readOpenApi(body({}, { 'x-amazon-apigateway-cors': cors })).cors).toEqual({
      AllowOrigins: ['https://a'],
      MaxAge: 60,
    });
    expect(readOpenApi(body({})).cors).toBeUndefined();
  });

  it.each([
    [
      'an integration other than a Lambda',
      body({ '/a': { get: { 'x-amazon-apigateway-integration': { ...integration, type: 'http_proxy' } } } }),
      /GET \/a: only Lambda/,
    ],
    ['an operation without integration', body({ '/a': { get: {} } }), /GET \/a: only Lambda/],
    [
      'an authorizer other than JWT',
      body(
        {},
        { components: { securitySchemes: { Own: { 'x-amazon-apigateway-authorizer': { ...jwt, type: 'request' } } } } },
      ),
      /Authorizer Own: only JWT/,
    ],
    [
      'CORS rules that SAM has replaced by a list',
      body({}, { 'x-amazon-apigateway-cors': ['https://a'] }),
      /AllowOrigins must be a list/,
    ],
  ])('refuses %s', (_what, document, message) => {
    expect(() => readOpenApi(document)).toThrow(message);
  });
});
