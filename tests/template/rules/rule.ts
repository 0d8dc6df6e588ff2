import { at, items, objectsIn } from '../json.ts';
import { mentionsOf, ofType, type Resource, type Template } from '../sam-template.ts';

/** What is wrong with one resource (or `Template`, a parameter, a state), and what to change. */
export interface Finding {
  readonly id: string;
  readonly message: string;
}

/** Reads one template and says what breaks the rule. */
export type Rule = (template: Template) => Finding[];

/** One finding per resource that the condition does not hold for. */
export function unless(
  resources: readonly Resource[],
  holds: (resource: Resource) => boolean,
  message: string,
): Finding[] {
  return resources.filter((resource) => !holds(resource)).map(({ id }) => ({ id, message }));
}

/** An IAM statement, of a role or of a resource's own policy, and the resource that carries it. */
export interface Statement {
  readonly owner: Resource;
  readonly statement: Record<string, unknown>;
}

export function statementsOf(resource: Resource): Statement[] {
  return objectsIn(resource.properties)
    .filter((candidate) => 'Effect' in candidate && ('Action' in candidate || 'NotAction' in candidate))
    .map((statement) => ({ owner: resource, statement }));
}

/** The statements that grant something. */
export function grantsOf(resource: Resource): Statement[] {
  return statementsOf(resource).filter(({ statement }) => statement['Effect'] === 'Allow');
}

/** The policies of one type that are attached to a resource: for a queue, the QueuePolicies that list it. */
export function policiesOn(template: Template, policyType: string, attachedBy: string, id: string): Resource[] {
  return ofType(template, policyType).filter((policy) => mentionsOf(at(policy.properties, attachedBy)).has(id));
}

/** Whether one of the policies refuses every caller that does not come over TLS. */
export function denyPlainHttp(policies: readonly Resource[]): boolean {
  return policies
    .flatMap(statementsOf)
    .some(
      ({ statement }) =>
        statement['Effect'] === 'Deny' &&
        items(at(statement, 'Principal.AWS') ?? statement['Principal']).includes('*') &&
        String(at(statement, 'Condition.Bool.aws:SecureTransport')) === 'false',
    );
}

/** Whether an alarm watches this metric of this resource. */
export function hasAlarm(template: Template, metric: string, dimension: string, id: string): boolean {
  return ofType(template, 'AWS::CloudWatch::Alarm').some((alarm) =>
    objectsIn(alarm.properties).some(
      (candidate) =>
        candidate['MetricName'] === metric &&
        items(candidate['Dimensions']).some(
          (one) => at(one, 'Name') === dimension && mentionsOf(at(one, 'Value')).has(id),
        ),
    ),
  );
}

/** Whether a queue's own policy lets a service of AWS put messages into it. */
export function mayBeSentTo(template: Template, queue: string, service: string): boolean {
  return policiesOn(template, 'AWS::SQS::QueuePolicy', 'Queues', queue)
    .flatMap(grantsOf)
    .some(
      ({ statement }) =>
        items(at(statement, 'Principal.Service')).includes(service) &&
        items(statement['Action']).some((action) => String(action).toLowerCase() === 'sqs:sendmessage'),
    );
}
