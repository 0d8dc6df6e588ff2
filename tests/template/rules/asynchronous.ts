import { at, items } from '../json.ts';
import {
  type EventSource,
  eventSourcesOf,
  functionsOf,
  mentionsOf,
  numberOf,
  ofType,
  type Template,
  targetOf,
} from '../sam-template.ts';
import { type Finding, hasAlarm, mayBeSentTo, type Rule, unless } from './rule.ts';

const RULES = ['EventBridgeRule', 'CloudWatchEvent', 'Schedule'];
const SCHEDULES = ['ScheduleV2'];
const ASYNCHRONOUS = [...RULES, ...SCHEDULES, 'S3', 'SNS', 'IoTRule', 'CloudWatchLogs'];
const STREAMS = ['DynamoDB', 'Kinesis'];
const POLLED = [...STREAMS, 'SQS'];

/** AWS services that invoke a function without waiting for its answer. */
const ASYNCHRONOUS_CALLERS = ['s3', 'events', 'sns', 'iot', 'logs'].map((name) => `${name}.amazonaws.com`);

function sourcesOf(template: Template, types: readonly string[]): EventSource[] {
  return eventSourcesOf(template).filter(({ type }) => types.includes(type));
}

function asynchronousFunctionsOf(template: Template) {
  const invoked = new Set(sourcesOf(template, ASYNCHRONOUS).map(({ owner }) => owner.id));
  for (const permission of ofType(template, 'AWS::Lambda::Permission')) {
    if (!ASYNCHRONOUS_CALLERS.includes(String(at(permission.properties, 'Principal')))) continue;
    for (const id of mentionsOf(at(permission.properties, 'FunctionName'))) invoked.add(id);
  }
  return functionsOf(template).filter(({ id }) => invoked.has(id));
}

/** Lambda drops an event after its retries unless it is told where to put it. */
export const asyncFailure: Rule = (template) =>
  unless(
    asynchronousFunctionsOf(template),
    ({ properties }) =>
      (at(properties, 'EventInvokeConfig.DestinationConfig.OnFailure.Destination') !== undefined ||
        at(properties, 'DeadLetterQueue.TargetArn') !== undefined) &&
      numberOf(template, at(properties, 'EventInvokeConfig.MaximumRetryAttempts')) !== undefined,
    'it is invoked asynchronously: set EventInvokeConfig with MaximumRetryAttempts and DestinationConfig.OnFailure',
  );

interface Target {
  readonly id: string;
  readonly target: unknown;
  /** A schedule writes to its dead-letter queue with its role, a rule as the service `events`. */
  readonly isRule: boolean;
}

/** What EventBridge rules and schedules deliver to, written as SAM events or as plain resources. */
function targetsOf(template: Template): Target[] {
  return [
    ...sourcesOf(template, [...RULES, ...SCHEDULES]).map(({ owner, name, type, properties }) => ({
      id: `${owner.id}.${name}`,
      target: properties,
      isRule: RULES.includes(type),
    })),
    ...ofType(template, 'AWS::Events::Rule').flatMap(({ id, properties }) =>
      items(at(properties, 'Targets')).map((target) => ({ id, target, isRule: true })),
    ),
    ...ofType(template, 'AWS::Scheduler::Schedule').map(({ id, properties }) => ({
      id,
      target: at(properties, 'Target'),
      isRule: false,
    })),
  ];
}

/** By default EventBridge tries for 24 hours and then drops the event. */
export const targetDeadLetter: Rule = (template) =>
  targetsOf(template)
    .filter(({ target }) => at(target, 'DeadLetterConfig.Arn') === undefined)
    .map(({ id }) => ({ id, message: 'set DeadLetterConfig.Arn to a dead-letter queue of this template' }));

export const targetRetry: Rule = (template) =>
  targetsOf(template)
    .filter(
      ({ target }) =>
        numberOf(template, at(target, 'RetryPolicy.MaximumRetryAttempts')) === undefined ||
        numberOf(template, at(target, 'RetryPolicy.MaximumEventAgeInSeconds')) === undefined,
    )
    .map(({ id }) => ({ id, message: 'set RetryPolicy with MaximumRetryAttempts and MaximumEventAgeInSeconds' }));

/** SAM writes the queue policy only for queues it makes itself; without one EventBridge cannot deliver there. */
export const targetDeadLetterPermission: Rule = (template) =>
  targetsOf(template)
    .filter(({ isRule }) => isRule)
    .flatMap(({ id, target }) => {
      const queue = targetOf(at(target, 'DeadLetterConfig.Arn'));
      if (queue === undefined || mayBeSentTo(template, queue, 'events.amazonaws.com')) return [];
      return [
        { id, message: `let events.amazonaws.com call sqs:SendMessage on ${queue} in its AWS::SQS::QueuePolicy` },
      ];
    });

/** Without these one bad record blocks its shard until the stream forgets it, 24 hours later. */
export const streamLimits: Rule = (template) =>
  mappings(template, STREAMS).flatMap(({ id, properties }) => {
    const retries = numberOf(template, at(properties, 'MaximumRetryAttempts'));
    const ageSeconds = numberOf(template, at(properties, 'MaximumRecordAgeInSeconds'));
    const missing = [
      retries === undefined || retries < 0 ? 'MaximumRetryAttempts of 0 or more' : undefined,
      ageSeconds === undefined || ageSeconds < 60 ? 'MaximumRecordAgeInSeconds of 60 or more' : undefined,
      at(properties, 'BisectBatchOnFunctionError') === true ? undefined : 'BisectBatchOnFunctionError: true',
      at(properties, 'DestinationConfig.OnFailure.Destination') === undefined
        ? 'DestinationConfig.OnFailure.Destination'
        : undefined,
    ].filter((setting) => setting !== undefined);
    return missing.length === 0 ? [] : [{ id, message: `set ${missing.join(', ')}` }];
  });

/** SAM lets the function write to the destination only if it is told the destination's type. */
export const streamFailureType: Rule = (template) =>
  sourcesOf(template, STREAMS)
    .filter(({ properties }) => {
      const onFailure = at(properties, 'DestinationConfig.OnFailure');
      return onFailure !== undefined && at(onFailure, 'Type') === undefined;
    })
    .map(({ owner, name }) => ({
      id: `${owner.id}.${name}`,
      message: 'set DestinationConfig.OnFailure.Type (SQS or SNS), or its role may not write there',
    }));

/** Without it Lambda takes a returned list of failures as success and deletes them. */
export const partialBatch: Rule = (template) =>
  mappings(template, POLLED)
    .filter(({ properties }) => !items(at(properties, 'FunctionResponseTypes')).includes('ReportBatchItemFailures'))
    .map(({ id }) => ({ id, message: 'set FunctionResponseTypes: [ReportBatchItemFailures]' }));

/** Event source mappings of these kinds, written as SAM events or as plain resources. */
function mappings(template: Template, types: readonly string[]): { id: string; properties: unknown }[] {
  const isStream = (properties: unknown) => at(properties, 'StartingPosition') !== undefined;
  return [
    ...sourcesOf(template, types).map(({ owner, name, properties }) => ({ id: `${owner.id}.${name}`, properties })),
    ...ofType(template, 'AWS::Lambda::EventSourceMapping').filter(
      ({ properties }) => isStream(properties) || types.includes('SQS'),
    ),
  ];
}

export const iteratorAgeAlarm: Rule = (template) => {
  const consumers = new Set(sourcesOf(template, STREAMS).map(({ owner }) => owner));
  return unless(
    [...consumers],
    ({ id }) => hasAlarm(template, 'IteratorAge', 'FunctionName', id),
    'add an alarm on IteratorAge with this FunctionName: it is how a stuck stream shows',
  );
};

/** An event that repeats must not be lost between a topic and its subscriber either. */
export const subscriptionDeadLetter: Rule = (template): Finding[] => [
  ...unless(
    ofType(template, 'AWS::SNS::Subscription').filter(({ properties }) =>
      ['sqs', 'lambda', 'https', 'firehose'].includes(String(at(properties, 'Protocol'))),
    ),
    ({ properties }) => at(properties, 'RedrivePolicy.deadLetterTargetArn') !== undefined,
    'set RedrivePolicy.deadLetterTargetArn',
  ),
  ...sourcesOf(template, ['SNS'])
    .filter(({ properties }) => at(properties, 'RedrivePolicy.deadLetterTargetArn') === undefined)
    .map(({ owner, name }) => ({ id: `${owner.id}.${name}`, message: 'set RedrivePolicy.deadLetterTargetArn' })),
];
