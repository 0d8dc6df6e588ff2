import { at, items } from '../json.ts';
import { functionsOf, numberOf, ofType, stateMachinesOf, targetOf } from '../sam-template.ts';
import { type Rule, unless } from './rule.ts';

const RUNTIME = 'nodejs24.x';

/** Lambda makes a missing group itself, without retention and out of the stack's reach. */
export const logGroup: Rule = (template) => {
  const groups = ofType(template, 'AWS::Logs::LogGroup').filter(
    (group) => numberOf(template, at(group.properties, 'RetentionInDays')) !== undefined,
  );
  const groupOf = (id: string, properties: unknown) => {
    const chosen = targetOf(at(properties, 'LoggingConfig.LogGroup'));
    return groups.find(
      (group) => group.id === chosen || at(group.properties, 'LogGroupName.Fn::Sub') === `/aws/lambda/\${${id}}`,
    )?.id;
  };
  const taken = functionsOf(template).map(({ id, properties }) => groupOf(id, properties));
  return unless(
    functionsOf(template),
    ({ id, properties }) => {
      const group = groupOf(id, properties);
      return group !== undefined && taken.filter((other) => other === group).length === 1;
    },
    'give it an AWS::Logs::LogGroup of its own with RetentionInDays, and name that in LoggingConfig.LogGroup',
  );
};

/** SAM makes a role for each function and machine that names none. */
export const ownRole: Rule = (template) => {
  const workers = [...functionsOf(template), ...stateMachinesOf(template)];
  const roles = workers.map(({ properties }) => targetOf(at(properties, 'Role')));
  return unless(
    workers,
    ({ properties }) => {
      if (at(properties, 'Role') === undefined) return true;
      const role = targetOf(at(properties, 'Role'));
      const isLocal = ofType(template, 'AWS::IAM::Role').some(({ id }) => id === role);
      return isLocal && roles.filter((other) => other === role).length === 1;
    },
    'drop Role and list its Policies, so that it has a role of its own',
  );
};

export const functionLimits: Rule = (template) =>
  unless(
    functionsOf(template),
    ({ properties }) => at(properties, 'Timeout') !== undefined && at(properties, 'MemorySize') !== undefined,
    'set Timeout and MemorySize, here or in Globals',
  );

export const functionTracing: Rule = (template) =>
  unless(
    functionsOf(template),
    ({ properties }) => at(properties, 'Tracing') === 'Active',
    'set Tracing: Active, here or in Globals',
  );

export const functionRuntime: Rule = (template) =>
  unless(
    functionsOf(template),
    ({ properties }) => at(properties, 'Runtime') === RUNTIME,
    `set Runtime: ${RUNTIME}, here or in Globals`,
  );

/** The machine that runs the local engine need not be an ARM one. */
export const functionArchitecture: Rule = (template) =>
  unless(
    functionsOf(template),
    ({ properties }) => {
      const architectures = items(at(properties, 'Architectures'));
      return architectures.length === 1 && typeof at(architectures[0], 'Ref') === 'string';
    },
    'set Architectures to one parameter, here or in Globals',
  );
