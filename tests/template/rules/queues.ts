import { at, entries, items, objectsIn } from '../json.ts';
import {
  eventSourcesOf,
  mentionsOf,
  numberOf,
  ofType,
  type Resource,
  type Template,
  targetOf,
} from '../sam-template.ts';
import { denyPlainHttp, hasAlarm, mayBeSentTo, policiesOn, type Rule, unless } from './rule.ts';

const RETENTION_SECONDS = 14 * 24 * 60 * 60;
const LEAST_RECEIVES = 3;
const VISIBILITY_FACTOR = 6;
const AWS_MANAGED_KEY = 'alias/aws/';

/** Properties that hold the ARN of the queue for what could not be handled. */
const DEAD_LETTER_PROPERTIES = ['RedrivePolicy', 'DeadLetterConfig', 'DeadLetterQueue', 'OnFailure'];

function queuesOf(template: Template): Resource[] {
  return ofType(template, 'AWS::SQS::Queue');
}

function deadLetterQueuesOf(template: Template): Resource[] {
  const named = template.resources
    .flatMap(({ properties }) => objectsIn(properties))
    .flatMap(entries)
    .filter(([key]) => DEAD_LETTER_PROPERTIES.includes(key))
    .flatMap(([, value]) => [...mentionsOf(value)]);
  return queuesOf(template).filter(({ id }) => named.includes(id));
}

function workQueuesOf(template: Template): Resource[] {
  const deadLetterQueues = deadLetterQueuesOf(template);
  return queuesOf(template).filter((queue) => !deadLetterQueues.includes(queue));
}

/** EventBridge, S3 and SNS cannot use AWS's own key for SQS, so a queue with it never gets their messages. */
export const queueEncryption: Rule = (template) =>
  unless(
    queuesOf(template),
    ({ properties }) => {
      const key = at(properties, 'KmsMasterKeyId');
      if (key === undefined) return at(properties, 'SqsManagedSseEnabled') === true;
      return typeof key !== 'string' || !key.startsWith(AWS_MANAGED_KEY);
    },
    'set SqsManagedSseEnabled: true, or KmsMasterKeyId to a key of your own',
  );

export const queueTls: Rule = (template) =>
  unless(
    queuesOf(template),
    ({ id }) => denyPlainHttp(policiesOn(template, 'AWS::SQS::QueuePolicy', 'Queues', id)),
    'deny aws:SecureTransport false to every principal in its AWS::SQS::QueuePolicy',
  );

export const queueRedrive: Rule = (template) =>
  unless(
    workQueuesOf(template),
    ({ properties }) => {
      const receives = numberOf(template, at(properties, 'RedrivePolicy.maxReceiveCount'));
      return at(properties, 'RedrivePolicy.deadLetterTargetArn') !== undefined && (receives ?? 0) >= LEAST_RECEIVES;
    },
    `set RedrivePolicy with deadLetterTargetArn and a maxReceiveCount of ${LEAST_RECEIVES} or more`,
  );

/** SQS refuses a standard queue behind a FIFO one, and the other way round. */
export const fifoDeadLetter: Rule = (template) =>
  unless(
    workQueuesOf(template),
    ({ properties }) => {
      const deadLetters = targetOf(at(properties, 'RedrivePolicy.deadLetterTargetArn'));
      const queue = queuesOf(template).find(({ id }) => id === deadLetters);
      return queue === undefined || isFifo(queue) === (at(properties, 'FifoQueue') === true);
    },
    'give a FIFO queue a FIFO dead-letter queue, and a standard queue a standard one',
  );

function isFifo(queue: Resource): boolean {
  return at(queue.properties, 'FifoQueue') === true;
}

interface QueueSubscription {
  readonly subscription: Resource;
  readonly queue: Resource;
  readonly deadLetters: Resource | undefined;
}

/** The subscriptions by which queues of this template get their messages. */
function queueSubscriptionsOf(template: Template): QueueSubscription[] {
  const find = (reference: unknown) => queuesOf(template).find(({ id }) => id === targetOf(reference));
  return ofType(template, 'AWS::SNS::Subscription').flatMap((subscription) => {
    const queue = find(at(subscription.properties, 'Endpoint'));
    if (queue === undefined) return [];
    const deadLetters = find(at(subscription.properties, 'RedrivePolicy.deadLetterTargetArn'));
    return [{ subscription, queue, deadLetters }];
  });
}

/** What a FIFO topic cannot deliver keeps its group, so SNS refuses a standard queue for it. */
export const fifoSubscription: Rule = (template) =>
  queueSubscriptionsOf(template)
    .filter(({ queue, deadLetters }) => deadLetters !== undefined && isFifo(queue) !== isFifo(deadLetters))
    .map(({ subscription }) => ({
      id: subscription.id,
      message:
        'give the subscription of a FIFO queue a FIFO dead-letter queue, and that of a standard one a standard one',
    }));

/** Wrapped by SNS, a message is not what its producer's sample says. */
export const subscriptionRaw: Rule = (template) =>
  unless(
    queueSubscriptionsOf(template).map(({ subscription }) => subscription),
    ({ properties }) => at(properties, 'RawMessageDelivery') === true,
    'set RawMessageDelivery: true',
  );

/** SNS drops what a queue does not let it write, and the subscription shows nothing of it. */
export const subscriptionPermission: Rule = (template) =>
  queueSubscriptionsOf(template).flatMap(({ subscription, queue, deadLetters }) =>
    [queue, ...(deadLetters === undefined ? [] : [deadLetters])]
      .filter(({ id }) => !mayBeSentTo(template, id, 'sns.amazonaws.com'))
      .map(({ id }) => ({
        id: subscription.id,
        message: `let sns.amazonaws.com call sqs:SendMessage on ${id} in its AWS::SQS::QueuePolicy`,
      })),
  );

/** A subscription takes messages at once, and loses those that come before both queues take SNS's. */
export const subscriptionOrder: Rule = (template) =>
  queueSubscriptionsOf(template).flatMap(({ subscription, queue, deadLetters }) => {
    const queues = [queue, ...(deadLetters === undefined ? [] : [deadLetters])];
    const policies = queues.flatMap(({ id }) => policiesOn(template, 'AWS::SQS::QueuePolicy', 'Queues', id));
    const waitsFor = items(at(subscription.attributes, 'DependsOn'));
    return [...new Set(policies.map(({ id }) => id))]
      .filter((id) => !waitsFor.includes(id))
      .map((id) => ({ id: subscription.id, message: `add DependsOn: ${id}` }));
  });

/** Lambda refuses more than ten, and a window, where the order of messages counts. */
export const fifoBatch: Rule = (template) =>
  eventSourcesOf(template)
    .filter(({ type, properties }) => {
      const queue = queuesOf(template).find(({ id }) => id === targetOf(at(properties, 'Queue')));
      return type === 'SQS' && queue !== undefined && isFifo(queue);
    })
    .filter(
      ({ properties }) =>
        (numberOf(template, at(properties, 'BatchSize')) ?? 10) > 10 ||
        at(properties, 'MaximumBatchingWindowInSeconds') !== undefined,
    )
    .map(({ owner, name }) => ({
      id: `${owner.id}.${name}`,
      message: 'set a BatchSize of 10 or less and no MaximumBatchingWindowInSeconds: its queue is FIFO',
    }));

/** Time for Lambda to retry a throttled batch before another poller sees the message. */
export const queueVisibility: Rule = (template) =>
  eventSourcesOf(template)
    .filter(({ type }) => type === 'SQS')
    .flatMap(({ owner, properties }) => {
      const queue = queuesOf(template).find(({ id }) => id === targetOf(at(properties, 'Queue')));
      if (queue === undefined) return [];
      const timeout = numberOf(template, at(owner.properties, 'Timeout')) ?? 0;
      const visibility = numberOf(template, at(queue.properties, 'VisibilityTimeout')) ?? 30;
      if (visibility >= VISIBILITY_FACTOR * timeout) return [];
      const least = VISIBILITY_FACTOR * timeout;
      return [{ id: queue.id, message: `set VisibilityTimeout to ${least} or more: six times that of ${owner.id}` }];
    });

/** The mapping does not know of reserved concurrency, and every throttled batch counts as a receive. */
export const queueConcurrency: Rule = (template) => {
  const consumers = eventSourcesOf(template).filter(({ type }) => type === 'SQS');
  return unless(
    consumers.map(({ owner }) => owner),
    ({ properties }) => at(properties, 'ReservedConcurrentExecutions') === undefined,
    'replace ReservedConcurrentExecutions by ScalingConfig.MaximumConcurrency on its SQS event',
  );
};

export const deadLetterRetention: Rule = (template) =>
  unless(
    deadLetterQueuesOf(template),
    ({ properties }) => numberOf(template, at(properties, 'MessageRetentionPeriod')) === RETENTION_SECONDS,
    `set MessageRetentionPeriod: ${RETENTION_SECONDS} (14 days, the longest)`,
  );

export const deadLetterAlarm: Rule = (template) =>
  unless(
    deadLetterQueuesOf(template),
    ({ id }) => hasAlarm(template, 'ApproximateNumberOfMessagesVisible', 'QueueName', id),
    'add an alarm on ApproximateNumberOfMessagesVisible with this QueueName',
  );

/** An alarm cannot publish to a topic under AWS's own key: the page would never come. */
export const topicEncryption: Rule = (template) => {
  const alarmTopics = mentionsOf(
    ofType(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => items(at(properties, 'AlarmActions'))),
  );
  return unless(
    ofType(template, 'AWS::SNS::Topic'),
    ({ id, properties }) => {
      const key = at(properties, 'KmsMasterKeyId');
      const isAwsManaged = typeof key === 'string' && key.startsWith(AWS_MANAGED_KEY);
      return key !== undefined && !(isAwsManaged && alarmTopics.has(id));
    },
    'set KmsMasterKeyId; for a topic that alarms write to, a key of your own that lets cloudwatch.amazonaws.com use it',
  );
};

export const topicTls: Rule = (template) =>
  unless(
    ofType(template, 'AWS::SNS::Topic'),
    ({ id }) => denyPlainHttp(policiesOn(template, 'AWS::SNS::TopicPolicy', 'Topics', id)),
    'deny aws:SecureTransport false to every principal in its AWS::SNS::TopicPolicy',
  );

/** A second policy on one resource silently replaces the first. */
export const onePolicy: Rule = (template) => {
  const attachments: Record<string, [policyType: string, attachedBy: string]> = {
    'AWS::SQS::Queue': ['AWS::SQS::QueuePolicy', 'Queues'],
    'AWS::SNS::Topic': ['AWS::SNS::TopicPolicy', 'Topics'],
    'AWS::S3::Bucket': ['AWS::S3::BucketPolicy', 'Bucket'],
  };
  return template.resources.flatMap(({ id, type }) => {
    const [policyType, attachedBy] = attachments[type] ?? [];
    if (policyType === undefined || attachedBy === undefined) return [];
    if (policiesOn(template, policyType, attachedBy, id).length <= 1) return [];
    return [{ id, message: `join its policies into one ${policyType}: the last one replaces the others` }];
  });
};
