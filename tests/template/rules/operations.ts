import { at, entries, textsIn } from '../json.ts';
import { numberOf, ofType, stateMachinesOf, targetOf } from '../sam-template.ts';
import { type Finding, hasAlarm, type Rule, unless } from './rule.ts';

const ACCOUNT_ID = /\b\d{12}\b/;
const REGION = /\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov)?-(north|south|east|west|central)(east|west)?-\d\b/;
const PARTITION = /\barn:aws(-[a-z]+)*:/;

export const machineLogging: Rule = (template) => {
  const groups = ofType(template, 'AWS::Logs::LogGroup')
    .filter(({ properties }) => numberOf(template, at(properties, 'RetentionInDays')) !== undefined)
    .map(({ id }) => id);
  return unless(
    stateMachinesOf(template),
    ({ properties }) => {
      const group = targetOf(at(properties, 'Logging.Destinations.0.CloudWatchLogsLogGroup.LogGroupArn'));
      return groups.includes(group ?? '') && !['OFF', 'undefined'].includes(String(at(properties, 'Logging.Level')));
    },
    'set Logging with a Level and a log group of this template that has RetentionInDays',
  );
};

export const machineTracing: Rule = (template) =>
  unless(
    stateMachinesOf(template),
    ({ properties }) => at(properties, 'Tracing.Enabled') === true,
    'set Tracing.Enabled: true',
  );

/** The definition stays plain ASL, readable by every tool, and the template fills in the names. */
export const machineDefinition: Rule = (template) =>
  unless(
    stateMachinesOf(template),
    ({ properties }) =>
      /\/statemachines\/[\w-]+\.asl\.json$/.test(String(at(properties, 'DefinitionUri'))) &&
      at(properties, 'DefinitionSubstitutions') !== undefined,
    'set DefinitionUri to a file of statemachines/ and DefinitionSubstitutions, without an inline Definition',
  );

/** A timed-out execution does not count as a failed one. */
export const machineAlarm: Rule = (template) =>
  ['ExecutionsFailed', 'ExecutionsTimedOut'].flatMap((metric) =>
    unless(
      stateMachinesOf(template),
      ({ id }) => hasAlarm(template, metric, 'StateMachineArn', id),
      `add an alarm on ${metric} with this StateMachineArn`,
    ),
  );

/** Unset, an alarm on a quiet metric falls to INSUFFICIENT_DATA. */
export const alarmMissingData: Rule = (template) =>
  unless(
    ofType(template, 'AWS::CloudWatch::Alarm'),
    ({ properties }) => at(properties, 'TreatMissingData') !== undefined,
    'set TreatMissingData',
  );

export const description: Rule = (template) =>
  typeof at(template.body, 'Description') === 'string'
    ? []
    : [{ id: 'Template', message: 'add a Description of what the stack is for' }];

/** A literal one works in one account, region or partition only. */
export const literalPlace: Rule = (template) =>
  ['Parameters', 'Mappings', 'Globals', 'Resources', 'Outputs'].flatMap((section) =>
    entries(at(template.body, section)).flatMap(([id, value]): Finding[] => {
      const literal = textsIn(value).find((text) => [ACCOUNT_ID, REGION, PARTITION].some((place) => place.test(text)));
      if (literal === undefined) return [];
      const pseudo = ['AWS::AccountId', 'AWS::Region', 'AWS::Partition'].map((name) => `\${${name}}`).join(', ');
      return [{ id, message: `"${literal}" names an account, region or partition: use ${pseudo}` }];
    }),
  );
