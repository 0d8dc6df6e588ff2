import { isEventSource, listenersOf, objectWritesOf } from '../buckets.ts';
import { at, entries, items, textsIn } from '../json.ts';
import { eventSourcesOf, mentionsOf, ofType, type Resource, type Template } from '../sam-template.ts';
import { denyPlainHttp, grantsOf, policiesOn, type Rule, statementsOf, unless } from './rule.ts';

const BUCKET = 'AWS::S3::Bucket';
const TABLES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
const PUBLIC_ACCESS_BLOCK = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
/** SAM policy templates that let a function write objects. */
const WRITING_POLICIES = ['S3WritePolicy', 'S3CrudPolicy', 'S3FullAccessPolicy'];

/** Tables of which nothing is to be recovered. A new one is a decision: add it here with its reason. */
const PASSING_TABLES = [
  // What was answered to whom, of one day: better forgotten than restored.
  'IdempotencyTable',
];

function bucketsOf(template: Template): Resource[] {
  return ofType(template, BUCKET);
}

export const bucketPublicAccess: Rule = (template) =>
  unless(
    bucketsOf(template),
    ({ properties }) =>
      PUBLIC_ACCESS_BLOCK.every((flag) => at(properties, `PublicAccessBlockConfiguration.${flag}`) === true),
    `set PublicAccessBlockConfiguration with all of ${PUBLIC_ACCESS_BLOCK.join(', ')}: true`,
  );

export const bucketPublicGrant: Rule = (template) =>
  unless(
    bucketsOf(template),
    ({ id, properties }) =>
      !/^(Public|AuthenticatedRead)/.test(String(at(properties, 'AccessControl'))) &&
      !policiesOn(template, 'AWS::S3::BucketPolicy', 'Bucket', id)
        .flatMap(grantsOf)
        .some(({ statement }) => textsIn(statement['Principal']).includes('*')),
    'drop the public AccessControl or the statement that allows Principal "*": readers come through CloudFront',
  );

export const bucketEncryption: Rule = (template) =>
  unless(
    bucketsOf(template),
    ({ properties }) => at(properties, 'BucketEncryption.ServerSideEncryptionConfiguration.0') !== undefined,
    'set BucketEncryption',
  );

export const bucketTls: Rule = (template) =>
  unless(
    bucketsOf(template),
    ({ id }) => {
      const policies = policiesOn(template, 'AWS::S3::BucketPolicy', 'Bucket', id);
      const denied = policies
        .flatMap(statementsOf)
        .filter(({ statement }) => statement['Effect'] === 'Deny')
        .flatMap(({ statement }) => items(statement['Resource']));
      return denyPlainHttp(policies) && denied.some(isObjects) && denied.some((resource) => !isObjects(resource));
    },
    'deny aws:SecureTransport false to every principal in its AWS::S3::BucketPolicy, on the bucket and on its objects (/*)',
  );

function isObjects(resource: unknown): boolean {
  return textsIn(resource).some((text) => text.endsWith('/*'));
}

/** Without versions an event's versionId is empty, and an overwrite can slip in between check and use. */
export const bucketVersioning: Rule = (template) =>
  unless(
    bucketsOf(template).filter((bucket) => isEventSource(template, bucket)),
    ({ properties }) => at(properties, 'VersioningConfiguration.Status') === 'Enabled',
    'it sets off events: set VersioningConfiguration.Status: Enabled',
  );

export const bucketLifecycle: Rule = (template) =>
  unless(
    bucketsOf(template),
    ({ properties }) =>
      items(at(properties, 'LifecycleConfiguration.Rules')).some(
        (rule) =>
          at(rule, 'Status') === 'Enabled' &&
          at(rule, 'AbortIncompleteMultipartUpload.DaysAfterInitiation') !== undefined,
      ),
    'add a lifecycle rule with AbortIncompleteMultipartUpload: unfinished parts are paid for and not listed',
  );

/** Reads without a prefix would also see what other parts of the system put into the bucket. */
export const bucketEventFilter: Rule = (template) =>
  eventSourcesOf(template)
    .filter(({ type }) => type === 'S3')
    .filter(
      ({ properties }) =>
        !items(at(properties, 'Filter.S3Key.Rules')).some(
          (rule) => String(at(rule, 'Name')).toLowerCase() === 'prefix',
        ),
    )
    .map(({ owner, name }) => ({ id: `${owner.id}.${name}`, message: 'set Filter.S3Key.Rules with a prefix' }));

/** A function that writes where it is triggered from calls itself for ever. */
export const outputLoop: Rule = (template) =>
  bucketsOf(template).flatMap((bucket) =>
    unless(
      listenersOf(template, bucket),
      (listener) => !writesObjects(listener, bucket),
      `it is triggered by ${bucket.id} and may write there: write to another bucket`,
    ),
  );

function writesObjects(writer: Resource, bucket: Resource): boolean {
  const templates = items(at(writer.properties, 'Policies'))
    .flatMap(entries)
    .filter(([name]) => WRITING_POLICIES.includes(name))
    .map(([, parameters]) => parameters);
  return [...objectWritesOf(writer), ...templates].some((resource) => isAbout(resource, bucket));
}

/** By reference, or by the bucket's given name: a reference back from the function would be a circular dependency. */
function isAbout(resource: unknown, bucket: Resource): boolean {
  const [name] = textsIn(at(bucket.properties, 'BucketName'));
  return (
    mentionsOf(resource).has(bucket.id) || (name !== undefined && textsIn(resource).some((text) => text.includes(name)))
  );
}

/** What happens to the data when the stack goes is decided, not left to the default (delete). */
export const dataRetention: Rule = (template) =>
  unless(
    ofType(template, BUCKET, ...TABLES),
    ({ attributes }) =>
      at(attributes, 'DeletionPolicy') !== undefined && at(attributes, 'UpdateReplacePolicy') !== undefined,
    'set DeletionPolicy and UpdateReplacePolicy',
  );

export const tableRecovery: Rule = (template) =>
  unless(
    ofType(template, ...TABLES).filter(({ id }) => !PASSING_TABLES.includes(id)),
    ({ properties }) => at(properties, 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled') === true,
    'set PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled: true',
  );

/** Retained data and protected data are both safe from a mistaken delete; a table needs one of them. */
export const tableDeletion: Rule = (template) =>
  unless(
    ofType(template, ...TABLES),
    ({ attributes, properties }) =>
      String(at(attributes, 'DeletionPolicy')).startsWith('Retain') ||
      (at(properties, 'DeletionProtectionEnabled') ?? false) !== false,
    'set DeletionPolicy: Retain or DeletionProtectionEnabled',
  );

export const tableTtl: Rule = (template) =>
  unless(
    ofType(template, ...TABLES).filter(({ properties }) => at(properties, 'TimeToLiveSpecification') !== undefined),
    ({ properties }) =>
      at(properties, 'TimeToLiveSpecification.Enabled') === true &&
      at(properties, 'TimeToLiveSpecification.AttributeName') !== undefined,
    'set TimeToLiveSpecification with AttributeName and Enabled: true',
  );
