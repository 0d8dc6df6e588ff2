import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settleSeconds } from '../../services/backend/src/domain/removal.ts';
import { inFile, type Mutation } from './mutate.ts';
import { parseRepository, readFiles } from './repository.ts';
import { check, RULE_NAMES } from './rules.ts';

/** A small repository in which every kind of resource occurs and every rule holds. */
const FIXTURE = readFiles(join(import.meta.dirname, 'fixture'));

const orders = inFile('services/orders/template.yaml');
const packing = inFile('services/packing/template.yaml');
const root = inFile('template-root.yaml');
const definition = inFile('statemachines/packing.asl.json');
const copied = inFile('statemachines/shipping.asl.json');
const copyOfDefinition = definition.copy('statemachines/shipping.asl.json');
const handler = inFile('services/packing/src/handlers/pack.ts');
const sample = inFile('events/orders/OrderPlaced.v1.json');
const schema = inFile('events/orders/OrderPlaced.v1.schema.json');
const rootConfig = inFile('samconfig.toml');
const ordersConfig = inFile('services/orders/samconfig.toml');
const packingConfig = inFile('services/packing/samconfig.toml');

function violationsOf(...mutations: Mutation[]) {
  return check(parseRepository(mutations.reduce((files, mutate) => mutate(files), FIXTURE)));
}

const deadLetters = { 'Fn::GetAtt': ['DeadLetters', 'Arn'] };
const deny = (id: string) => `Resources.${id}.Properties.PolicyDocument.Statement.0`;
const grant = (id: string, index: number) => `Resources.${id}.Properties.Policies.0.Statement.${index}`;
const event = (id: string, name: string) => `Resources.${id}.Properties.Events.${name}.Properties`;
const distribution = 'Resources.Distribution.Properties.DistributionConfig';
const headers = 'Resources.SecurityHeaders.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig';
const defaultBehavior = `${distribution}.DefaultCacheBehavior`;

/** Each breaks one rule, at the given places and nowhere else. */
const BROKEN: [rule: string, what: string, ids: string[], ...Mutation[]][] = [
  ['logGroup', 'no group', ['PostOrderFunction'], orders.unset('Resources.PostOrderFunction.Properties.LoggingConfig')],
  [
    'logGroup',
    'no retention',
    ['PostOrderFunction'],
    orders.unset('Resources.PostOrderFunctionLogGroup.Properties.RetentionInDays'),
  ],
  [
    'logGroup',
    'a shared group',
    ['OnJobFunction', 'OnChangeFunction'],
    orders.set('Resources.OnJobFunction.Properties.LoggingConfig.LogGroup', 'OnChangeFunctionLogGroup'),
  ],
  [
    'ownRole',
    'a role from outside',
    ['PackFunction'],
    packing.set('Parameters.RoleArn', { Type: 'String' }),
    packing.set('Resources.PackFunction.Properties.Role', ref('RoleArn')),
  ],
  [
    'ownRole',
    'a shared role',
    ['PackFunction', 'Packing'],
    packing.set('Resources.Role', { Type: 'AWS::IAM::Role' }),
    packing.set('Resources.PackFunction.Properties.Role', { 'Fn::GetAtt': 'Role.Arn' }),
    packing.set('Resources.Packing.Properties.Role', { 'Fn::GetAtt': ['Role', 'Arn'] }),
  ],
  ['functionLimits', 'no timeout', ['PackFunction'], packing.unset('Resources.PackFunction.Properties.Timeout')],
  ['functionLimits', 'no memory size', ['PackFunction'], packing.unset('Resources.PackFunction.Properties.MemorySize')],
  [
    'functionTracing',
    'not traced',
    ['PackFunction'],
    packing.set('Resources.PackFunction.Properties.Tracing', 'PassThrough'),
  ],
  [
    'functionRuntime',
    'an old runtime',
    ['PackFunction'],
    packing.set('Resources.PackFunction.Properties.Runtime', 'nodejs20.x'),
  ],
  [
    'functionArchitecture',
    'a fixed one',
    ['PackFunction'],
    packing.set('Resources.PackFunction.Properties.Architectures', ['arm64']),
    packing.unset('Parameters.Architecture'),
  ],
  [
    'asyncFailure',
    'nowhere to put a failed event',
    ['OnFileFunction'],
    orders.unset('Resources.OnFileFunction.Properties.EventInvokeConfig.DestinationConfig'),
  ],
  [
    'asyncFailure',
    'retries by default',
    ['OnFileFunction'],
    orders.unset('Resources.OnFileFunction.Properties.EventInvokeConfig.MaximumRetryAttempts'),
  ],
  [
    'asyncFailure',
    'invoked by a permission',
    ['PackFunction'],
    packing.set('Resources.Permission', {
      Type: 'AWS::Lambda::Permission',
      Properties: { Principal: 'sns.amazonaws.com', FunctionName: ref('PackFunction') },
    }),
  ],
  [
    'targetDeadLetter',
    'a rule',
    ['Rule'],
    orders.set('Resources.Rule', {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.s3'] },
        Targets: [{ RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300 } }],
      },
    }),
  ],
  [
    'targetDeadLetter',
    'a schedule',
    ['OnFileFunction.Nightly'],
    orders.unset(`${event('OnFileFunction', 'Nightly')}.DeadLetterConfig`),
  ],
  ['targetRetry', 'no policy', ['Packing.Ordered'], packing.unset(`${event('Packing', 'Ordered')}.RetryPolicy`)],
  [
    'targetRetry',
    'no age',
    ['OnFileFunction.Nightly'],
    orders.unset(`${event('OnFileFunction', 'Nightly')}.RetryPolicy.MaximumEventAgeInSeconds`),
  ],
  [
    'targetDeadLetterPermission',
    'EventBridge may not write',
    ['Packing.Ordered'],
    packing.unset('Resources.DeadLettersPolicy.Properties.PolicyDocument.Statement.1'),
  ],
  ...['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'BisectBatchOnFunctionError', 'DestinationConfig'].map(
    (setting): [string, string, string[], Mutation] => [
      'streamLimits',
      `no ${setting}`,
      ['OnChangeFunction.Change'],
      orders.unset(`${event('OnChangeFunction', 'Change')}.${setting}`),
    ],
  ),
  [
    'streamLimits',
    'endless retries',
    ['OnChangeFunction.Change'],
    orders.set(`${event('OnChangeFunction', 'Change')}.MaximumRetryAttempts`, -1),
  ],
  [
    'streamLimits',
    'an age below a minute',
    ['OnChangeFunction.Change'],
    orders.set(`${event('OnChangeFunction', 'Change')}.MaximumRecordAgeInSeconds`, 59),
  ],
  [
    'streamLimits',
    'a mapping of its own',
    ['Mapping'],
    orders.set('Resources.Mapping', {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { StartingPosition: 'LATEST', FunctionResponseTypes: ['ReportBatchItemFailures'] },
    }),
  ],
  [
    'streamFailureType',
    'no type',
    ['OnChangeFunction.Change'],
    orders.unset(`${event('OnChangeFunction', 'Change')}.DestinationConfig.OnFailure.Type`),
  ],
  ...['on-job', 'on-change'].map((handler): [string, string, string[], ...Mutation[]] => {
    const [id, name] = handler === 'on-job' ? ['OnJobFunction', 'Job'] : ['OnChangeFunction', 'Change'];
    return [
      'partialBatch',
      id,
      [`${id}.${name}`],
      orders.unset(`${event(id, name)}.FunctionResponseTypes`),
      inFile(`services/orders/src/handlers/${handler}.ts`).swap(
        /batchItemFailures|processPartialResponse\(/,
        'failures(',
      ),
    ];
  }),
  [
    'iteratorAgeAlarm',
    'an alarm on something else',
    ['OnChangeFunction'],
    orders.set('Resources.OnChangeIteratorAgeAlarm.Properties.MetricName', 'Errors'),
  ],
  [
    'subscriptionDeadLetter',
    'a queue subscribed',
    ['AlertsToJobs'],
    orders.unset('Resources.AlertsToJobs.Properties.RedrivePolicy'),
  ],
  ['queueEncryption', 'none', ['Jobs'], orders.unset('Resources.Jobs.Properties.SqsManagedSseEnabled')],
  [
    'queueEncryption',
    "AWS's own key",
    ['Jobs'],
    orders.set('Resources.Jobs.Properties.KmsMasterKeyId', 'alias/aws/sqs'),
  ],
  ['queueTls', 'plain HTTP allowed', ['DeadLetters'], packing.unset(`${deny('DeadLettersPolicy')}.Condition`)],
  ['queueRedrive', 'no policy', ['Jobs'], orders.unset('Resources.Jobs.Properties.RedrivePolicy')],
  ['queueRedrive', 'two receives', ['Jobs'], orders.set('Resources.Jobs.Properties.RedrivePolicy.maxReceiveCount', 2)],
  [
    'fifoDeadLetter',
    'a standard one',
    ['Jobs'],
    orders.set('Resources.Jobs.Properties.RedrivePolicy.deadLetterTargetArn', deadLetters),
  ],
  [
    'fifoSubscription',
    'a standard one',
    ['AlertsToJobs'],
    orders.set('Resources.AlertsToJobs.Properties.RedrivePolicy.deadLetterTargetArn', deadLetters),
  ],
  [
    'subscriptionRaw',
    'wrapped',
    ['AlertsToJobs'],
    orders.unset('Resources.AlertsToJobs.Properties.RawMessageDelivery'),
  ],
  [
    'subscriptionPermission',
    'no statement',
    ['AlertsToJobs', 'AlertsToJobs'],
    orders.unset('Resources.QueuePolicy.Properties.PolicyDocument.Statement.2'),
  ],
  ['subscriptionOrder', 'before the policy', ['AlertsToJobs'], orders.unset('Resources.AlertsToJobs.DependsOn')],
  [
    'subscriptionOrder',
    'before the policy of its dead letters',
    ['AlertsToJobs'],
    orders.set('Resources.OtherPolicy', {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [ref('JobsDeadLetters')],
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 'sqs:*',
              Resource: { 'Fn::GetAtt': ['JobsDeadLetters', 'Arn'] },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
            {
              Effect: 'Allow',
              Principal: { Service: 'sns.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: { 'Fn::GetAtt': ['JobsDeadLetters', 'Arn'] },
            },
          ],
        },
      },
    }),
    orders.unset('Resources.QueuePolicy.Properties.Queues.1'),
  ],
  [
    'fifoBatch',
    'too many',
    ['OnJobFunction.Job'],
    orders.set('Resources.OnJobFunction.Properties.Events.Job.Properties.BatchSize', 100),
  ],
  [
    'fifoBatch',
    'a window',
    ['OnJobFunction.Job'],
    orders.set('Resources.OnJobFunction.Properties.Events.Job.Properties.MaximumBatchingWindowInSeconds', 5),
  ],
  ['queueVisibility', 'too short', ['Jobs'], orders.set('Resources.Jobs.Properties.VisibilityTimeout', 59)],
  ['queueVisibility', 'the default', ['Jobs'], orders.unset('Resources.Jobs.Properties.VisibilityTimeout')],
  [
    'queueConcurrency',
    'reserved',
    ['OnJobFunction'],
    orders.set('Resources.OnJobFunction.Properties.ReservedConcurrentExecutions', 5),
  ],
  [
    'deadLetterRetention',
    'four days',
    ['DeadLetters'],
    packing.set('Resources.DeadLetters.Properties.MessageRetentionPeriod', 345600),
  ],
  ['deadLetterAlarm', 'no alarm', ['DeadLetters'], packing.unset('Resources.DeadLettersAlarm')],
  ['topicEncryption', 'none', ['Alerts'], orders.unset('Resources.Alerts.Properties.KmsMasterKeyId')],
  [
    'topicEncryption',
    'a key that alarms cannot use',
    ['Alerts'],
    orders.swap('KmsMasterKeyId: !Ref Key', 'KmsMasterKeyId: alias/aws/sns'),
  ],
  ['topicTls', 'no policy', ['Alerts'], orders.unset('Resources.AlertsPolicy')],
  [
    'onePolicy',
    'a second queue policy',
    ['DeadLetters'],
    packing.set('Resources.AnotherPolicy', {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [ref('DeadLetters')] },
    }),
  ],
  ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map(
    (flag): [string, string, string[], Mutation] => [
      'bucketPublicAccess',
      `no ${flag}`,
      ['Bucket'],
      orders.unset(`Resources.Bucket.Properties.PublicAccessBlockConfiguration.${flag}`),
    ],
  ),
  [
    'bucketPublicGrant',
    'a public ACL',
    ['Bucket'],
    orders.set('Resources.Bucket.Properties.AccessControl', 'PublicRead'),
  ],
  [
    'bucketPublicGrant',
    'a public statement',
    ['Bucket'],
    orders.set('Resources.BucketPolicy.Properties.PolicyDocument.Statement.1.Principal', { AWS: '*' }),
  ],
  ['bucketEncryption', 'none', ['Bucket'], orders.unset('Resources.Bucket.Properties.BucketEncryption')],
  ['bucketTls', 'no statement', ['Bucket'], orders.unset(deny('BucketPolicy'))],
  ['bucketTls', 'the objects left out', ['Bucket'], orders.unset(`${deny('BucketPolicy')}.Resource.1`)],
  ['bucketTls', 'the bucket left out', ['Bucket'], orders.unset(`${deny('BucketPolicy')}.Resource.0`)],
  ['bucketVersioning', 'no versions', ['Bucket'], orders.unset('Resources.Bucket.Properties.VersioningConfiguration')],
  [
    'bucketLifecycle',
    'unfinished uploads stay',
    ['Bucket'],
    orders.unset('Resources.Bucket.Properties.LifecycleConfiguration'),
  ],
  [
    'bucketEventFilter',
    'no prefix',
    ['OnFileFunction.Uploaded'],
    orders.unset(`${event('OnFileFunction', 'Uploaded')}.Filter`),
  ],
  [
    'outputLoop',
    'by reference',
    ['OnFileFunction'],
    orders.set(`${grant('OnFileFunction', 0)}.Resource`, `\${Bucket.Arn}/*`),
  ],
  [
    'outputLoop',
    'by name',
    ['OnFileFunction'],
    orders.swap(`s3:::archive-\${Stage}/*`, `s3:::orders-\${Stage}-\${AWS::AccountId}/*`),
  ],
  [
    'outputLoop',
    'by a policy template',
    ['OnFileFunction'],
    orders.set('Resources.OnFileFunction.Properties.Policies', [{ S3CrudPolicy: { BucketName: ref('Bucket') } }]),
  ],
  ['dataRetention', 'a table', ['Table'], orders.unset('Resources.Table.UpdateReplacePolicy')],
  ['dataRetention', 'a bucket', ['Bucket'], orders.unset('Resources.Bucket.DeletionPolicy')],
  [
    'tableRecovery',
    'no point in time',
    ['Table'],
    orders.unset('Resources.Table.Properties.PointInTimeRecoverySpecification'),
  ],
  ['tableDeletion', 'deleted with the stack', ['Table'], orders.set('Resources.Table.DeletionPolicy', 'Delete')],
  ['tableTtl', 'not enabled', ['Table'], orders.unset('Resources.Table.Properties.TimeToLiveSpecification.Enabled')],
  ...['*', 's3:*'].map((action): [string, string, string[], Mutation] => [
    'wildcardAction',
    action,
    ['OnFileFunction'],
    orders.set(`${grant('OnFileFunction', 0)}.Action`, [action]),
  ]),
  [
    'wildcardAction',
    'a part without a reason',
    ['OnFileFunction'],
    orders.set(`${grant('OnFileFunction', 0)}.Action`, 's3:Get*'),
  ],
  [
    'wildcardAction',
    'NotAction',
    ['OnFileFunction'],
    orders.swap('Action: [s3:GetObject, s3:PutObject]', 'NotAction: [s3:DeleteObject]'),
  ],
  ['wildcardResource', 'no reason', ['PostOrderFunction'], orders.swap('# the call takes no resource', '')],
  [
    'wildcardResource',
    'every table',
    ['PackFunction'],
    packing.swap(`s3:::\${OrdersBucket}/*`, `dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/*`),
  ],
  [
    'wildcardResource',
    'every account',
    ['PackFunction'],
    packing.swap(`s3:::\${OrdersBucket}/*`, `dynamodb:\${AWS::Region}:*:table/jobs`),
  ],
  [
    'wildcardResource',
    'NotResource',
    ['PackFunction'],
    packing.swap(`Resource: !Sub arn:\${AWS::Partition}:s3:::\${OrdersBucket}/*`, 'NotResource: !Ref DeadLetters'),
  ],
  [
    'broadManagedPolicy',
    'by name',
    ['PackFunction'],
    packing.set('Resources.PackFunction.Properties.Policies.1', 'AmazonS3FullAccess'),
  ],
  [
    'broadManagedPolicy',
    'by ARN',
    ['PackFunction'],
    packing.set('Resources.PackFunction.Properties.Policies.1', {
      'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/AdministratorAccess`,
    }),
  ],
  [
    'apiThrottling',
    'no burst limit',
    ['HttpApi'],
    orders.unset('Resources.HttpApi.Properties.DefaultRouteSettings.ThrottlingBurstLimit'),
  ],
  ['apiAccessLog', 'no log', ['HttpApi'], orders.unset('Resources.HttpApi.Properties.AccessLogSettings')],
  [
    'apiAuthorizer',
    'no default',
    ['PostOrderFunction.Route'],
    orders.unset('Resources.HttpApi.Properties.Auth.DefaultAuthorizer'),
  ],
  [
    'apiAuthorizer',
    'another open route',
    ['GetConfigFunction.Route'],
    orders.set(`${event('GetConfigFunction', 'Route')}.Method`, 'ANY'),
  ],
  [
    'apiAuthorizer',
    'the implicit API',
    ['PostOrderFunction.Route'],
    orders.unset(`${event('PostOrderFunction', 'Route')}.ApiId`),
  ],
  ['corsOrigin', 'SAM shorthand', ['HttpApi'], orders.set('Resources.HttpApi.Properties.CorsConfiguration', true)],
  [
    'corsOrigin',
    'every origin',
    ['Bucket'],
    orders.set('Resources.Bucket.Properties.CorsConfiguration.CorsRules.0.AllowedOrigins', ['*']),
  ],
  ['corsOrigin', 'by default', ['Bucket', 'HttpApi'], orders.set('Parameters.SiteOrigin.Default', '*')],
  ...['ResponsePagePath', 'ResponseCode'].map((key): [string, string, string[], Mutation] => [
    'errorResponses',
    `a page in place of an error, by ${key}`,
    ['Distribution'],
    orders.set(`${distribution}.CustomErrorResponses.4`, { ErrorCode: 404, ErrorCachingMinTTL: 10, [key]: '/' }),
  ]),
  ['errorResponses', 'none', ['Distribution'], orders.unset(`${distribution}.CustomErrorResponses`)],
  ...[0, 1, 2, 3].map((index): [string, string, string[], Mutation] => [
    'errorResponses',
    `fault ${index} left out`,
    ['Distribution'],
    orders.unset(`${distribution}.CustomErrorResponses.${index}`),
  ]),
  [
    'errorResponses',
    'a fault kept for a second',
    ['Distribution'],
    orders.set(`${distribution}.CustomErrorResponses.1.ErrorCachingMinTTL`, 1),
  ],
  [
    'errorResponses',
    'a fault kept by default',
    ['Distribution'],
    orders.unset(`${distribution}.CustomErrorResponses.1.ErrorCachingMinTTL`),
  ],
  [
    'viewerProtocol',
    'plain HTTP',
    ['Distribution.DefaultCacheBehavior'],
    orders.set(`${defaultBehavior}.ViewerProtocolPolicy`, 'allow-all'),
  ],
  ['compression', 'off', ['Distribution.DefaultCacheBehavior'], orders.unset(`${defaultBehavior}.Compress`)],
  [
    'securityHeaders',
    'none',
    ['Distribution./api/*'],
    orders.unset(`${distribution}.CacheBehaviors.0.ResponseHeadersPolicyId`),
  ],
  ['headerSettings', 'no HSTS', ['SecurityHeaders'], orders.unset(`${headers}.StrictTransportSecurity`)],
  ['contentSecurity', 'none', ['SecurityHeaders'], orders.unset(`${headers}.ContentSecurityPolicy`)],
  ...["script-src 'self' 'unsafe-inline'", "style-src 'unsafe-hashes'", 'connect-src *', 'img-src data: https:'].map(
    (directive): [string, string, string[], Mutation] => [
      'contentSecurity',
      directive,
      ['SecurityHeaders'],
      orders.set(
        `${headers}.ContentSecurityPolicy.ContentSecurityPolicy`,
        `default-src 'self'; ${directive}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'`,
      ),
    ],
  ),
  ['httpVersion', 'the default', ['Distribution'], orders.unset(`${distribution}.HttpVersion`)],
  ['priceClass', 'the default', ['Distribution'], orders.unset(`${distribution}.PriceClass`)],
  ['originAccess', 'none', ['Distribution.site'], orders.unset(`${distribution}.Origins.0.OriginAccessControlId`)],
  ['machineLogging', 'off', ['Packing'], packing.set('Resources.Packing.Properties.Logging.Level', 'OFF')],
  [
    'machineLogging',
    'no retention',
    ['Packing'],
    packing.unset('Resources.PackingLogGroup.Properties.RetentionInDays'),
  ],
  ['machineDefinition', 'not a file', ['Packing'], packing.unset('Resources.Packing.Properties.DefinitionUri')],
  [
    'machineDefinition',
    'no substitutions',
    ['Packing'],
    packing.unset('Resources.Packing.Properties.DefinitionSubstitutions'),
    definition.swap(`\${Partition}`, 'aws'),
    definition.swap(`\${PackFunctionArn}`, 'pack'),
  ],
  ['machineTracing', 'off', ['Packing'], packing.unset('Resources.Packing.Properties.Tracing')],
  ['machineAlarm', 'on failures', ['Packing'], packing.unset('Resources.PackingFailedAlarm')],
  ['machineAlarm', 'on timeouts', ['Packing'], packing.unset('Resources.PackingTimedOutAlarm')],
  [
    'alarmMissingData',
    'unset',
    ['DeadLettersAlarm'],
    packing.unset('Resources.DeadLettersAlarm.Properties.TreatMissingData'),
  ],
  ['description', 'none', ['Template'], packing.unset('Description')],
  [
    'literalPlace',
    'an account',
    ['SiteOrigin'],
    orders.set('Parameters.SiteOrigin.Default', 'https://123456789012.example'),
  ],
  ['literalPlace', 'a region', ['EventBus'], orders.set('Resources.EventBus.Properties.Name', 'orders-eu-west-1')],
  ['literalPlace', 'a partition', ['PackFunction'], packing.swap(`arn:\${AWS::Partition}:s3`, 'arn:aws:s3')],
  [
    'ssmName',
    'the name of another service',
    ['Another'],
    orders.set('Resources.Another', {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: { 'Fn::Sub': `/happy-path/\${Stage}/packing/bucket` } },
    }),
  ],
  [
    'ssmSwitch',
    'owned by a stack',
    ['Switch'],
    orders.set('Resources.Switch', {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: { 'Fn::Sub': `/happy-path/\${Stage}/orders/active-workflow` } },
    }),
  ],
  [
    'ssmInPlace',
    'a dynamic reference',
    ['PackFunction'],
    packing.set(
      'Resources.PackFunction.Properties.Environment',
      '{{resolve:ssm:/happy-path/dev/orders/upload-bucket}}',
    ),
  ],
  [
    'reference',
    'Ref in Globals',
    ['Globals.Function'],
    orders.set('Globals.Function.Environment', { Variables: { TABLE_NAME: ref('Tabel') } }),
  ],
  ...['Tabel.Arn', ['Tabel', 'Arn'], 'Stage.Arn'].map((name): [string, string, string[], Mutation] => [
    'reference',
    `Fn::GetAtt ${JSON.stringify(name)} in a policy`,
    ['PostOrderFunction'],
    orders.set(`${grant('PostOrderFunction', 0)}.Resource`, { 'Fn::GetAtt': name }),
  ]),
  ...['Tabel', 'Tabel.Arn', 'Stage.Arn', 'AWS::Regoin'].map((name): [string, string, string[], Mutation] => [
    'reference',
    `Fn::Sub ${name} in a policy`,
    ['PostOrderFunction'],
    orders.set(`${grant('PostOrderFunction', 0)}.Resource`, { 'Fn::Sub': `\${${name}}-\${Stage}` }),
  ]),
  [
    'reference',
    'within the map of an Fn::Sub, and beside it',
    ['Outputs.Name', 'Outputs.Name'],
    orders.set('Outputs.Name', { Value: { 'Fn::Sub': [`\${Name}-\${Naem}`, { Name: ref('Tabel') }] } }),
  ],
  ['reference', 'once per place', ['Jobs'], orders.set('Resources.Jobs.Metadata', [ref('Tabel'), ref('Tabel')])],
  ['reference', 'Condition of a resource', ['Jobs'], orders.set('Resources.Jobs.Condition', 'HasOrigin')],
  [
    'reference',
    'Condition of a condition',
    ['Conditions.IsClosed'],
    orders.set('Conditions.IsClosed', { 'Fn::Not': [{ Condition: 'HasOrigin' }] }),
    orders.set('Resources.Jobs.Condition', 'IsClosed'),
  ],
  [
    'reference',
    'Fn::If on a parameter',
    ['Jobs'],
    orders.set('Resources.Jobs.Properties.DelaySeconds', { 'Fn::If': ['SiteOrigin', 0, 1] }),
  ],
  ['reference', 'DependsOn', ['Jobs'], orders.set('Resources.Jobs.DependsOn', ['Table', 'Tabel'])],
  [
    'reference',
    'what SAM makes of another function or event, or not at all',
    ['Outputs.Made', 'Outputs.Made', 'Outputs.Made', 'Outputs.Made'],
    orders.set('Outputs.Made', {
      Value: [
        'OnFilesFunctionRole',
        'OnFileFunctionDaily',
        'OnFileFunctionLogGruop',
        'OnJobFunctionEventInvokeConfig',
      ].map(ref),
    }),
  ],
  [
    'reference',
    'the role that SAM makes, beside one of its own',
    ['Outputs.Role'],
    packing.set('Resources.Role', { Type: 'AWS::IAM::Role' }),
    packing.set('Resources.PackFunction.Properties.Role', { 'Fn::GetAtt': 'Role.Arn' }),
    packing.set('Outputs.Role', { Value: ref('PackFunctionRole') }),
  ],
  ['declaration', 'a parameter', ['Extra'], orders.set('Parameters.Extra', { Type: 'String' })],
  [
    'declaration',
    'a parameter that an Fn::Sub hides by its own name, and a text only seems to name',
    ['Extra'],
    orders.set('Parameters.Extra', { Type: 'String' }),
    orders.set('Outputs.Name', { Value: { 'Fn::Sub': [`\${Extra}-\${!Extra}`, { Extra: 'a' }] } }),
    orders.set('Outputs.Text', { Description: `\${Extra}`, Value: 'Extra' }),
  ],
  ['declaration', 'a condition', ['HasSiteOrigin'], orders.unset('Outputs.SiteOrigin.Condition')],
  [
    'claimFirst',
    'another state first',
    ['StartAt'],
    definition.swap('"StartAt": "Claim"', '"StartAt": "Take"'),
    definition.swap('"Claim": {', '"Take": {'),
  ],
  ['machineTimeout', 'none', ['TimeoutSeconds'], definition.unset('TimeoutSeconds')],
  ['machineBudget', 'less than its tasks', ['TimeoutSeconds'], definition.set('TimeoutSeconds', 126)],
  [
    'machineBudget',
    'less than the slower way of a choice',
    ['TimeoutSeconds'],
    definition.set('States.Packed', { Type: 'Wait', Seconds: 60, End: true }),
    definition.set('States.Failed', { Type: 'Wait', Seconds: 50, End: true }),
    definition.set('TimeoutSeconds', 186),
  ],
  [
    'machineSettled',
    'longer than the sweep waits',
    ['TimeoutSeconds'],
    definition.set('TimeoutSeconds', settleSeconds),
  ],
  ...['sqs:sendMessage', 'lambda:invoke.waitForTaskToken'].map((call): [string, string, string[], Mutation] => [
    'taskIntegration',
    call,
    ['Claim'],
    definition.swap(':::lambda:invoke"', `:::${call}"`),
  ]),
  ['taskTimeout', 'none', ['Claim'], definition.unset('States.Claim.TimeoutSeconds')],
  ['taskRetry', 'none', ['Claim'], definition.unset('States.Claim.Retry')],
  ['taskRetry', 'no jitter', ['Claim'], definition.unset('States.Claim.Retry.1.JitterStrategy')],
  ['taskRetry', 'no bound', ['Claim'], definition.unset('States.Claim.Retry.1.MaxDelaySeconds')],
  ['taskRetry', 'no attempts', ['Claim'], definition.unset('States.Claim.Retry.1.MaxAttempts')],
  ['taskCatch', 'one error only', ['Claim'], definition.set('States.Claim.Catch.0.ErrorEquals', ['States.Timeout'])],
  ['choiceDefault', 'none', ['Fits'], definition.unset('States.Fits.Default')],
  ['statePaths', 'a missing state', ['Fits'], definition.set('States.Fits.Default', 'Nowhere')],
  ['statePaths', 'a state without a way there', ['Lost'], definition.set('States.Lost', { Type: 'Succeed' })],
  [
    'statePaths',
    'a circle without a way out',
    ['Failed'],
    definition.set('States.Failed', { Type: 'Pass', Next: 'Failed' }),
  ],
  [
    'statePaths',
    'inside a Map',
    ['Inner'],
    definition.set('States.Packed', {
      Type: 'Map',
      End: true,
      ItemProcessor: { StartAt: 'Inner', States: { Inner: { Type: 'Pass' } } },
    }),
  ],
  ['ssmProducer', 'no producer', ['OrdersBucket'], orders.unset('Resources.BucketParameter')],
  [
    'ssmProducer',
    'two producers',
    ['OrdersBucket'],
    orders.set('Resources.Copy', {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: { 'Fn::Sub': `/happy-path/\${Stage}/orders/upload-bucket` } },
    }),
  ],
  [
    'ssmProducer',
    'the path of another stage by default',
    ['OrdersBucket'],
    packing.swap('/happy-path/dev/orders/upload-bucket', '/happy-path/prod/orders/upload-bucket'),
    root.swap(`\${Stage}/orders/upload-bucket`, 'prod/orders/upload-bucket'),
    packingConfig.swap('/local/orders/upload-bucket', '/prod/orders/upload-bucket'),
  ],
  [
    'deployOrder',
    'two that wait for each other',
    ['packing', 'orders'],
    orders.set('Parameters.Machine', {
      Type: 'AWS::SSM::Parameter::Value<String>',
      Default: '/happy-path/dev/packing/state-machine-arn',
    }),
    orders.set('Resources.EventBus.Properties.Description', ref('Machine')),
    ordersConfig.swap('Stage=local', 'Stage=local Machine=/happy-path/local/packing/state-machine-arn'),
    ordersConfig.swap('Stage=prod', 'Stage=prod Machine=/happy-path/prod/packing/state-machine-arn'),
    root.set('Resources.Orders.DependsOn', ['Packing']),
    root.set('Resources.Orders.Properties.Parameters.Machine', {
      'Fn::Sub': `/happy-path/\${Stage}/packing/state-machine-arn`,
    }),
  ],
  ['eventProducer', 'no sample', ['Packing.Ordered'], sample.move('elsewhere')],
  ['eventProducer', 'another source', ['Packing.Ordered'], packing.swap('custom.orders', 'custom.order')],
  [
    'eventPattern',
    'a field that no sample has so',
    ['Packing.Ordered'],
    packing.swap('workflow: [packing]', 'workflow: [packing], orderId: [none]'),
  ],
  ...['', ', detail: { workflow: [packing, shipping] }'].map((detail): [string, string, string[], Mutation] => [
    'workflowEvent',
    `those of others too${detail}`,
    ['Packing.Ordered'],
    packing.swap(', detail: { workflow: [packing] }', detail),
  ]),
  [
    'sampleName',
    'not its detail-type',
    ['OrderTaken'],
    sample.swap('OrderPlaced', 'OrderTaken'),
    schema.swap('OrderPlaced', 'OrderTaken'),
    packing.swap('OrderPlaced', 'OrderTaken'),
  ],
  [
    'sampleName',
    'under a name that is no service',
    ['ordering'],
    sample.move('events/ordering/OrderPlaced.v1.json'),
    schema.move('events/ordering/OrderPlaced.v1.schema.json'),
  ],
  ['sampleSchema', 'no schema', ['schema'], schema.move('elsewhere')],
  ['sampleSchema', 'not of the schema', ['schema'], sample.unset('detail.orderId')],
  ['eventPermission', 'nothing may publish', ['orders'], orders.unset(grant('PostOrderFunction', 0))],
  ['crossStackLoop', 'the other bucket', ['PackFunction'], packing.swap('s3:GetObject', 's3:PutObject')],
  ['rootServices', 'a service left out', ['packing'], root.unset('Resources.Packing')],
  ['rootOrder', 'no DependsOn', ['Packing'], root.unset('Resources.Packing.DependsOn')],
  ['rootStage', 'the default path', ['Packing'], root.unset('Resources.Packing.Properties.Parameters.OrdersBucket')],
  ['functionSample', 'none', ['PackFunction'], inFile('events/invoke/packing/pack.json').move('elsewhere')],
  ['functionHandler', 'none', ['PackFunction'], handler.move('elsewhere')],
  [
    'batchFailures',
    'set and not returned',
    ['OnJobFunction'],
    inFile('services/orders/src/handlers/on-job.ts').swap('processPartialResponse(', 'process('),
  ],
  [
    'batchFailures',
    'returned and not set',
    ['PostOrderFunction'],
    inFile('services/orders/src/handlers/post-order.ts').swap('({})', '({ batchItemFailures: [] })'),
  ],
  [
    'fifoProcessor',
    'one for standard queues',
    ['OnJobFunction'],
    inFile('services/orders/src/handlers/on-job.ts').swap(
      'SqsFifoPartialProcessorAsync()',
      'BatchProcessor(EventType.SQS)',
    ),
  ],
  [
    'fifoProcessor',
    'one failure fails all',
    ['OnJobFunction'],
    inFile('services/orders/src/handlers/on-job.ts').swap('{ skipGroupOnError: true }', '{}'),
  ],
  ['substitutions', 'a name not given', ['Packing'], definition.set('States.Failed.Cause', `\${Reason}`)],
  [
    'substitutions',
    'a name given for nothing',
    ['Packing'],
    packing.set('Resources.Packing.Properties.DefinitionSubstitutions.TableName', 'jobs'),
  ],
  ['substitutions', 'no such file', ['Packing'], definition.move('elsewhere')],
  [
    'samconfigStage',
    'a missing override',
    ['prod'],
    packingConfig.swap('"OrdersBucket=/happy-path/prod/orders/upload-bucket",', ''),
  ],
  [
    'samconfigStage',
    'the path of another stage',
    ['local'],
    packingConfig.swap('/happy-path/local/orders/upload-bucket', '/happy-path/prod/orders/upload-bucket'),
  ],
  [
    'samconfigTemplate',
    'for all commands',
    ['default'],
    rootConfig.swap('[default.build.parameters]', '[default.global.parameters]'),
  ],
  [
    'samconfigTemplate',
    'for deploy, of a service and an environment of its own',
    ['staging'],
    packingConfig.swap('version = 0.1', 'version = 0.1\n[staging.deploy.parameters]\ntemplate_file = "template.yaml"'),
  ],
  [
    'samconfigSync',
    'left at its default',
    ['prod'],
    ordersConfig.swap('[prod.sync.parameters]\ndependency_layer = false', ''),
  ],
  ['sameState', 'another timeout', ['Claim'], copyOfDefinition, copied.set('States.Claim.TimeoutSeconds', 31)],
  [
    'sameState',
    'another condition',
    ['Fits'],
    copyOfDefinition,
    copied.set('States.Fits.Choices.0.BooleanEquals', false),
  ],
  [
    'sameState',
    'a Comment left out',
    ['Packed'],
    definition.set('States.Packed.Comment', 'Done.'),
    copyOfDefinition,
    copied.unset('States.Packed.Comment'),
  ],
  [
    'workflowInputs',
    'another parameter of the backend',
    ['OrdersBucket'],
    orders.swap('orders/upload-bucket', 'orders/archive-bucket'),
    packing.swap('orders/upload-bucket', 'orders/archive-bucket'),
    root.swap('orders/upload-bucket', 'orders/archive-bucket'),
    packingConfig.swap('local/orders/upload-bucket', 'local/orders/archive-bucket'),
    packingConfig.swap('prod/orders/upload-bucket', 'prod/orders/archive-bucket'),
  ],
  [
    'workflowInputs',
    'an import',
    ['PackFunction'],
    packing.set('Resources.PackFunction.Properties.Environment.Variables.TABLE', { 'Fn::ImportValue': 'orders-table' }),
  ],
  ['workflowOutputs', 'none', ['packing'], packing.unset('Resources.StateMachineArnParameter')],
  [
    'workflowOutputs',
    'another value',
    ['packing', 'StateMachineArnParameter'],
    packing.set('Resources.StateMachineArnParameter.Properties.Value', ref('DeadLetters')),
  ],
  [
    'workflowOutputs',
    'one more',
    ['Boxes'],
    packing.set('Resources.Boxes', {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: { 'Fn::Sub': `/happy-path/\${Stage}/packing/boxes` } },
    }),
  ],
  ['taskOutlivesFunction', 'as long as its function', ['Claim'], definition.set('States.Claim.TimeoutSeconds', 10)],
  ['workflowCode', 'the task of another name', ['pack'], handler.swap('photo-tasks/pack', 'photo-tasks/ship')],
  ['workflowCode', 'code of its own', ['pack'], handler.swap('export', 'console.log();\nexport')],
  ['workflowCode', 'a domain of its own', ['source'], handler.copy('services/packing/src/domain/pack.ts')],
];

function ref(name: string) {
  return { Ref: name };
}

test('the fixture breaks no rule', () => {
  expect(FIXTURE.size).toBeGreaterThan(0);
  expect(violationsOf()).toEqual([]);
});

test('a workflow that knows a second service is told so', () => {
  const found = violationsOf(packing.swap('orders/upload-bucket', 'shop/upload-bucket'));
  expect(found.map(({ rule, id }) => [rule, id])).toContainEqual(['workflowInputs', 'OrdersBucket']);
});

describe('a broken template is told so', () => {
  test.each(BROKEN)('%s: %s', (rule, _what, ids, ...mutations) => {
    expect(violationsOf(...mutations).map((found) => [found.rule, found.id])).toEqual(ids.map((id) => [rule, id]));
  });

  test.each(RULE_NAMES)('%s has a broken template here', (name) => {
    expect(BROKEN.map(([rule]) => rule)).toContain(name);
  });
});

/** Each looks like a broken one and is not. */
const ALLOWED: [what: string, ...Mutation[]][] = [
  [
    'a wildcard resource with its reason on the line above',
    orders.swap(
      'Resource: "*" # the call takes no resource',
      '# the call takes no resource\n              Resource: "*"',
    ),
  ],
  [
    'a part of a wildcard action with its reason beside it',
    packing.swap('Action: s3:GetObject', 'Action: s3:GetObject* # any version'),
  ],
  [
    'a role that one function has for itself',
    packing.set('Resources.Role', { Type: 'AWS::IAM::Role' }),
    packing.set('Resources.PackFunction.Properties.Role', { 'Fn::GetAtt': 'Role.Arn' }),
  ],
  ['a queue under a key of its own', orders.set('Resources.Jobs.Properties.KmsMasterKeyId', ref('Key'))],
  [
    'a number that a parameter stands for',
    orders.set('Parameters.VisibilitySeconds', { Type: 'Number', Default: 60 }),
    orders.set('Resources.Jobs.Properties.VisibilityTimeout', ref('VisibilitySeconds')),
  ],
  [
    'a table protected in place of retained',
    orders.set('Resources.Table.DeletionPolicy', 'Delete'),
    orders.set('Resources.Table.Properties.DeletionProtectionEnabled', true),
  ],
  [
    'an authorizer on the route itself',
    orders.unset('Resources.HttpApi.Properties.Auth.DefaultAuthorizer'),
    orders.set(`${event('PostOrderFunction', 'Route')}.Auth`, { Authorizer: 'Visitor' }),
  ],
  [
    "a rule on AWS's own events, which no service here produces",
    packing.set(`${event('Packing', 'Ordered')}.Pattern`, { source: ['aws.s3'], 'detail-type': ['Object Created'] }),
  ],
  [
    'a mail subscription, which keeps no dead letters',
    orders.set('Resources.AlertsToJobs.Properties.Protocol', 'email'),
    orders.unset('Resources.AlertsToJobs.Properties.RedrivePolicy'),
  ],
  [
    'a distribution without an API, which keeps errors as it likes',
    orders.unset(`${distribution}.CacheBehaviors`),
    orders.set(`${distribution}.CustomErrorResponses`, [{ ErrorCode: 404, ErrorCachingMinTTL: 60 }]),
  ],
  [
    'a time for another error',
    orders.set(`${distribution}.CustomErrorResponses.4`, { ErrorCode: 404, ErrorCachingMinTTL: 0 }),
  ],
  [
    'a name of its own, or kept as text, in an Fn::Sub',
    orders.set('Outputs.Name', { Value: { 'Fn::Sub': [`\${Name}-\${!Naem}-\${ Stage }`, { Name: ref('Table') }] } }),
  ],
  [
    'what SAM makes besides functions, machines and APIs',
    orders.set('Outputs.Made', {
      Value: [
        ...['OnFileFunctionNightly', 'OnFileFunctionNightlyRole', 'OnFileFunctionUploadedPermission'],
        ...['OnFileFunctionEventInvokeConfig', 'HttpApi.Stage', 'HttpApiApiGatewayDefaultStage'],
      ].map(ref),
    }),
    orders.set('Resources.Jobs.DependsOn', 'OnFileFunctionRole'),
    packing.set('Outputs.Made', { Value: [ref('PackingOrdered'), { 'Fn::GetAtt': ['PackingRole', 'Arn'] }] }),
  ],
  [
    'properties that are called as references are',
    orders.set('Resources.Jobs.Properties.Tags', [
      { Condition: '{% $x = 1 %}', DependsOn: 'another container' },
      { Ref: 'HEAD', Branch: 'main' },
    ]),
  ],
  [
    'a condition that another one is made of, and one of an Fn::If',
    orders.set('Conditions.IsClosed', { 'Fn::Not': [{ Condition: 'HasSiteOrigin' }] }),
    orders.unset('Outputs.SiteOrigin.Condition'),
    orders.set('Resources.Jobs.Properties.DelaySeconds', { 'Fn::If': ['IsClosed', 0, ref('AWS::NoValue')] }),
  ],
  [
    'a parameter for Globals or for a condition only',
    orders.set('Parameters.Level', { Type: 'String' }),
    orders.set('Globals.Function.Environment', { Variables: { LEVEL: ref('Level') } }),
    orders.set('Parameters.Open', { Type: 'String' }),
    orders.set('Conditions.IsOpen', { 'Fn::Equals': [ref('Open'), 'yes'] }),
    orders.set('Resources.Jobs.Condition', 'IsOpen'),
  ],
  ['a machine that has just the time its tasks may take', definition.set('TimeoutSeconds', 127)],
  [
    'a machine that has just the time of the slower way of a choice',
    definition.set('States.Packed', { Type: 'Wait', Seconds: 60, End: true }),
    definition.set('States.Failed', { Type: 'Wait', Seconds: 50, End: true }),
    definition.set('TimeoutSeconds', 187),
  ],
  [
    'a state of the same name that leads elsewhere',
    copyOfDefinition,
    copied.set('States.Claim.Catch.0.Next', 'Packed'),
    copied.set('States.Fits.Choices.0.Next', 'Failed'),
    copied.set('States.Fits.Default', 'Packed'),
  ],
  ['an attempt that an error is exempted from', definition.set('States.Claim.Retry.0.ErrorEquals', ['States.Timeout'])],
];

test.each(ALLOWED)('%s is allowed', (_what, ...mutations) => {
  expect(violationsOf(...mutations)).toEqual([]);
});

test('the index names every rule, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual([...RULE_NAMES].sort());
});
