import { at, entries, items, objectsIn, textsIn } from '../json.ts';
import { eventSourcesOf, mentionsOf, ofType, type Template, targetOf } from '../sam-template.ts';
import { type Finding, type Rule, unless } from './rule.ts';

const HTTP_API = 'AWS::Serverless::HttpApi';
const ORIGIN_PROPERTIES = ['AllowOrigins', 'AllowedOrigins', 'AccessControlAllowOrigins'];

/** The routes a visitor may read without signing in. A new one is a decision: add it here with its reason. */
const PUBLIC_ROUTES = [
  'GET /locations',
  'GET /locations/{placeId}',
  'GET /locations/{placeId}/photos',
  // What the page needs before anyone can sign in.
  'GET /config',
  'GET /reviews',
  'GET /reviews/{reviewId}',
  // Open jobs are advertisements.
  'GET /jobs',
  'GET /jobs/{jobId}',
];

export const apiThrottling: Rule = (template) =>
  unless(
    ofType(template, HTTP_API),
    ({ properties }) =>
      at(properties, 'DefaultRouteSettings.ThrottlingBurstLimit') !== undefined &&
      at(properties, 'DefaultRouteSettings.ThrottlingRateLimit') !== undefined,
    'set DefaultRouteSettings with ThrottlingBurstLimit and ThrottlingRateLimit',
  );

export const apiAccessLog: Rule = (template) =>
  unless(
    ofType(template, HTTP_API),
    ({ properties }) =>
      at(properties, 'AccessLogSettings.DestinationArn') !== undefined &&
      at(properties, 'AccessLogSettings.Format') !== undefined,
    'set AccessLogSettings with DestinationArn and Format',
  );

export const apiAuthorizer: Rule = (template) =>
  eventSourcesOf(template)
    .filter(({ type }) => type === 'HttpApi')
    .flatMap(({ owner, name, properties }): Finding[] => {
      const id = `${owner.id}.${name}`;
      const api = ofType(template, HTTP_API).find((one) => one.id === targetOf(at(properties, 'ApiId')));
      if (api === undefined) return [{ id, message: 'set ApiId to the HTTP API of this template' }];
      const authorizer = at(properties, 'Auth.Authorizer') ?? at(api.properties, 'Auth.DefaultAuthorizer') ?? 'NONE';
      const route = `${String(at(properties, 'Method')).toUpperCase()} ${String(at(properties, 'Path'))}`;
      if (authorizer !== 'NONE' || PUBLIC_ROUTES.includes(route)) return [];
      return [
        { id, message: `${route} is open to everyone: set Auth.Authorizer, or Auth.DefaultAuthorizer on the API` },
      ];
    });

export const corsOrigin: Rule = (template) =>
  template.resources.flatMap(({ id, properties }) => {
    const origins = objectsIn(properties)
      .flatMap(entries)
      .filter(([key]) => ORIGIN_PROPERTIES.includes(key))
      .flatMap(([, value]) => [...textsIn(value), ...defaultsOf(template, mentionsOf(value))]);
    // SAM's short forms: both mean every origin.
    const isShort = [true, '*', "'*'"].some((short) => at(properties, 'CorsConfiguration') === short);
    if (!isShort && !origins.some((origin) => origin.includes('*'))) return [];
    return [{ id, message: 'name the allowed origins by a parameter in place of *' }];
  });

function defaultsOf(template: Template, parameters: Set<string>): string[] {
  return [...parameters].flatMap((name) => textsIn(at(template.body, `Parameters.${name}.Default`)));
}

interface Behavior {
  readonly id: string;
  readonly behavior: unknown;
}

function distributionsOf(template: Template) {
  return ofType(template, 'AWS::CloudFront::Distribution').map(({ id, properties }) => ({
    id,
    config: at(properties, 'DistributionConfig'),
  }));
}

function behaviorsOf(template: Template): Behavior[] {
  return distributionsOf(template).flatMap(({ id, config }) => [
    { id: `${id}.DefaultCacheBehavior`, behavior: at(config, 'DefaultCacheBehavior') },
    ...items(at(config, 'CacheBehaviors')).map((behavior) => ({
      id: `${id}.${String(at(behavior, 'PathPattern'))}`,
      behavior,
    })),
  ]);
}

/** Statuses of an API's faults, which CloudFront keeps for ten seconds unless told otherwise. */
const FAULTS = [500, 502, 503, 504];

/**
 * They apply to the whole distribution: a page in place of an error would also replace the API's 404. And a fault kept
 * under its path alone, without query and token, would be served to everybody.
 */
export const errorResponses: Rule = (template) =>
  distributionsOf(template).flatMap(({ id, config }): Finding[] => {
    const responses = items(at(config, 'CustomErrorResponses'));
    const isReplaced = ['ResponsePagePath', 'ResponseCode'].some((key) =>
      responses.some((response) => at(response, key) !== undefined),
    );
    const isKept = (status: number) =>
      !responses.some(
        (response) => Number(at(response, 'ErrorCode')) === status && at(response, 'ErrorCachingMinTTL') === 0,
      );
    const kept = servesApi(config) ? FAULTS.filter(isKept) : [];
    return [
      ...(isReplaced
        ? [{ id, message: 'drop ResponsePagePath and ResponseCode; rewrite page paths in a viewer-request function' }]
        : []),
      ...(kept.length > 0
        ? [{ id, message: `set CustomErrorResponses with ErrorCachingMinTTL: 0 for ${kept.join(', ')}` }]
        : []),
    ];
  });

/** Whether a path of the distribution leads to a server in place of a bucket. */
function servesApi(config: unknown): boolean {
  const servers = items(at(config, 'Origins'))
    .filter((origin) => at(origin, 'CustomOriginConfig') !== undefined)
    .map((origin) => at(origin, 'Id'));
  return [at(config, 'DefaultCacheBehavior'), ...items(at(config, 'CacheBehaviors'))].some((behavior) =>
    servers.includes(at(behavior, 'TargetOriginId')),
  );
}

export const viewerProtocol: Rule = (template) =>
  behaviorsOf(template)
    .filter(
      ({ behavior }) => !['redirect-to-https', 'https-only'].includes(String(at(behavior, 'ViewerProtocolPolicy'))),
    )
    .map(({ id }) => ({ id, message: 'set ViewerProtocolPolicy to redirect-to-https or https-only' }));

export const compression: Rule = (template) =>
  behaviorsOf(template)
    .filter(({ behavior }) => at(behavior, 'Compress') !== true)
    .map(({ id }) => ({ id, message: 'set Compress: true' }));

export const securityHeaders: Rule = (template) =>
  behaviorsOf(template)
    .filter(({ behavior }) => at(behavior, 'ResponseHeadersPolicyId') === undefined)
    .map(({ id }) => ({ id, message: 'set ResponseHeadersPolicyId to the policy with the security headers' }));

/** What a browser is to be told with every answer, by the names of the headers' settings. */
const HEADERS = ['ContentTypeOptions', 'FrameOptions', 'ReferrerPolicy', 'StrictTransportSecurity'];

export const headerSettings: Rule = (template) =>
  headersOf(template).flatMap(({ id, headers }) => {
    const missing = HEADERS.filter((name) => at(headers, `${name}.Override`) !== true);
    return missing.length === 0 ? [] : [{ id, message: `set ${missing.join(', ')} with Override: true` }];
  });

/** Sources that let in what the page did not bring: inline code, or whatever any host serves. */
const OPEN_SOURCES = /'unsafe-[a-z-]+'|(^|[ ;])(\*|https?:|wss?:)(?=[ ;]|$)/g;

/** What a page may load and call is written down, so that injected code can neither run nor send anything away. */
export const contentSecurity: Rule = (template) =>
  headersOf(template).flatMap(({ id, headers }): Finding[] => {
    const policies = writtenIn(at(headers, 'ContentSecurityPolicy.ContentSecurityPolicy'));
    const missing = ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"].filter(
      (directive) => !policies.some((policy) => policy.split('; ').includes(directive)),
    );
    const open = policies.flatMap((policy) => policy.match(OPEN_SOURCES) ?? []);
    return [
      ...(missing.length > 0 ? [{ id, message: `state ${missing.join('; ')} in its ContentSecurityPolicy` }] : []),
      ...(open.length > 0 ? [{ id, message: `drop ${open.join(' ').trim()} from its ContentSecurityPolicy` }] : []),
    ];
  });

/** The texts that a value is put together from. What a Join puts between them is none by itself. */
function writtenIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(writtenIn);
  return entries(value).flatMap(([name, inner]) => writtenIn(name === 'Fn::Join' ? at(inner, '1') : inner));
}

function headersOf(template: Template) {
  return ofType(template, 'AWS::CloudFront::ResponseHeadersPolicy').map(({ id, properties }) => ({
    id,
    headers: at(properties, 'ResponseHeadersPolicyConfig.SecurityHeadersConfig'),
  }));
}

export const httpVersion: Rule = (template) =>
  distributionsOf(template)
    .filter(({ config }) => at(config, 'HttpVersion') !== 'http2and3')
    .map(({ id }) => ({ id, message: 'set HttpVersion: http2and3' }));

export const priceClass: Rule = (template) =>
  distributionsOf(template)
    .filter(({ config }) => at(config, 'PriceClass') === undefined)
    .map(({ id }) => ({ id, message: 'set PriceClass: the default pays for every edge' }));

export const originAccess: Rule = (template) => {
  const buckets = ofType(template, 'AWS::S3::Bucket').map(({ id }) => id);
  return distributionsOf(template).flatMap(({ id, config }) =>
    items(at(config, 'Origins'))
      .filter((origin) => {
        const isBucket = buckets.includes(targetOf(at(origin, 'DomainName')) ?? '');
        return (
          (isBucket || at(origin, 'S3OriginConfig') !== undefined) && at(origin, 'OriginAccessControlId') === undefined
        );
      })
      .map((origin) => ({
        id: `${id}.${String(at(origin, 'Id'))}`,
        message: 'set OriginAccessControlId, so that the bucket serves this distribution only',
      })),
  );
};
