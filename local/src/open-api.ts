import { Failure } from './failure.ts';

/** Who may call a route: anyone, or the bearer of a token of the named authorizer. */
export interface Route {
  key: string;
  integration: Integration;
  authorizer?: { name: string; scopes: string[] };
}

export interface Integration {
  uri: string;
  payloadFormatVersion: string;
  timeoutMs?: number;
}

export interface JwtAuthorizer {
  issuer: string;
  audience: string[];
  identitySource: string;
}

/** What an HTTP API consists of. */
export interface HttpApi {
  routes: Route[];
  authorizers: Record<string, JwtAuthorizer>;
  cors: Record<string, unknown> | undefined;
}

interface Operation {
  security?: Record<string, string[]>[];
  'x-amazon-apigateway-integration'?: {
    type: string;
    uri: string;
    payloadFormatVersion: string;
    timeoutInMillis?: number;
  };
}

interface Body {
  paths?: Record<string, Record<string, Operation>>;
  components?: { securitySchemes?: Record<string, { 'x-amazon-apigateway-authorizer'?: AuthorizerExtension }> };
  'x-amazon-apigateway-cors'?: unknown;
}

interface AuthorizerExtension {
  type: string;
  identitySource: string;
  jwtConfiguration: { issuer: string; audience: string[] };
}

/**
 * The routes, JWT authorizers and CORS rules that an OpenAPI document with API Gateway extensions describes, as the Body of
 * an AWS::ApiGatewayV2::Api made by SAM does.
 *
 * @param body without intrinsic functions
 * @throws Failure on anything that the engine could not do
 */
export function readOpenApi(body: unknown): HttpApi {
  const { paths = {}, components, 'x-amazon-apigateway-cors': cors } = body as Body;
  const schemes = Object.entries(components?.securitySchemes ?? {});
  return {
    routes: Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => route(path, method, operation)),
    ),
    authorizers: Object.fromEntries(
      schemes.map(([name, scheme]) => [name, authorizer(name, scheme['x-amazon-apigateway-authorizer'])]),
    ),
    cors: corsRules(cors),
  };
}

function route(path: string, method: string, operation: Operation): Route {
  const verb = method === 'x-amazon-apigateway-any-method' ? 'ANY' : method.toUpperCase();
  const key = path === '/$default' ? '$default' : `${verb} ${path}`;
  const integration = operation['x-amazon-apigateway-integration'];
  if (integration?.type !== 'aws_proxy') {
    throw new Failure(`${key}: only Lambda integrations (aws_proxy) work on the local engine.`);
  }
  const [required] = (operation.security ?? [])
    .flatMap((scheme) => Object.entries(scheme))
    .filter(([name]) => name !== 'NONE');
  return {
    key,
    integration: {
      uri: integration.uri,
      payloadFormatVersion: integration.payloadFormatVersion,
      ...(integration.timeoutInMillis ? { timeoutMs: integration.timeoutInMillis } : {}),
    },
    ...(required ? { authorizer: { name: required[0], scopes: required[1] } } : {}),
  };
}

function authorizer(name: string, extension: AuthorizerExtension | undefined): JwtAuthorizer {
  if (extension?.type !== 'jwt')
    throw new Failure(`Authorizer ${name}: only JWT authorizers work on the local engine.`);
  const { identitySource, jwtConfiguration } = extension;
  return { issuer: jwtConfiguration.issuer, audience: jwtConfiguration.audience, identitySource };
}

/** API Gateway's document has camelCase names, its API PascalCase ones. */
function corsRules(cors: unknown): Record<string, unknown> | undefined {
  if (cors === undefined) return undefined;
  if (typeof cors !== 'object' || cors === null || Array.isArray(cors)) {
    // SAM writes the value of AllowOrigins in place of the whole configuration when it is a function and not a list.
    throw new Failure(
      'CorsConfiguration came out as a list: AllowOrigins must be a list of values, not one !If or !Ref.',
    );
  }
  return Object.fromEntries(
    Object.entries(cors).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  );
}
