import { at, entries, isRecord, items } from '../json.ts';
import { functionsOf, ofType, placeholdersOf, stateMachinesOf, type Template } from '../sam-template.ts';
import type { Finding, Rule } from './rule.ts';

const PSEUDO_PARAMETERS = [
  'AccountId',
  'NoValue',
  'NotificationARNs',
  'Partition',
  'Region',
  'StackId',
  'StackName',
  'URLSuffix',
].map((name) => `AWS::${name}`);

/** What SAM makes of an event: the rule, schedule or mapping itself, and the leave for it to invoke. */
const OF_EVENT = ['', 'Permission', 'Role'];

type Kind = 'resource' | 'condition' | 'parameter or resource';

/** One name in a template that stands for something else in it. */
interface Reference {
  /** The resource, output, condition or part of Globals that it is in. */
  readonly id: string;
  readonly by: string;
  readonly name: string;
  readonly kind: Kind;
}

/** cfn-lint sees neither Globals nor the policies of a function, for SAM has taken them apart by then. */
export const reference: Rule = (template): Finding[] => {
  const parameters = keysOf(template, 'Parameters');
  const resources = [...keysOf(template, 'Resources'), ...generatedBy(template)];
  const known: Record<Kind, Set<string>> = {
    resource: new Set(resources),
    condition: new Set(keysOf(template, 'Conditions')),
    'parameter or resource': new Set([...PSEUDO_PARAMETERS, ...parameters, ...resources]),
  };
  const unknown = referencesOf(template).filter(({ kind, name }) => !known[kind].has(name));
  return withoutRepeats(
    unknown.map(({ id, by, name, kind }) => ({
      id,
      message: `${by} names "${name}": correct it to a ${kind} of this template`,
    })),
  );
};

/** Whoever sets a parameter believes that it does something. */
export const declaration: Rule = (template) => {
  const references = referencesOf(template);
  const isUsed = (name: string, isCondition: boolean) =>
    references.some((one) => one.name === name && (one.kind === 'condition') === isCondition);
  return [
    ...keysOf(template, 'Parameters')
      .filter((id) => !isUsed(id, false))
      .map((id) => ({ id, message: 'no Ref or Sub reads this parameter: drop it' })),
    ...keysOf(template, 'Conditions')
      .filter((id) => !isUsed(id, true))
      .map((id) => ({ id, message: 'nothing depends on this condition: drop it' })),
  ];
};

function keysOf(template: Template, section: string): string[] {
  return entries(at(template.body, section)).map(([key]) => key);
}

function withoutRepeats(findings: Finding[]): Finding[] {
  return [...new Map(findings.map((found) => [`${found.id} ${found.message}`, found])).values()];
}

/** The names of what SAM makes besides a resource, as templates may refer to them. */
function generatedBy(template: Template): string[] {
  const workers = [...functionsOf(template), ...stateMachinesOf(template)].flatMap(({ id, properties }) => [
    ...(at(properties, 'Role') === undefined ? [`${id}Role`] : []),
    ...(at(properties, 'EventInvokeConfig') === undefined ? [] : [`${id}EventInvokeConfig`]),
    ...entries(at(properties, 'Events')).flatMap(([event]) => OF_EVENT.map((suffix) => `${id}${event}${suffix}`)),
  ]);
  const stages = ofType(template, 'AWS::Serverless::HttpApi', 'AWS::Serverless::Api').flatMap(({ id }) => [
    `${id}.Stage`,
    `${id}ApiGatewayDefaultStage`,
  ]);
  return [...workers, ...stages];
}

function referencesOf(template: Template): Reference[] {
  const of = (section: string, read: (id: string, value: unknown) => Reference[]) =>
    entries(at(template.body, section)).flatMap(([name, value]) =>
      // The line of a finding is found by the name of its resource.
      read(section === 'Resources' ? name : `${section}.${name}`, value),
    );
  // A property may be called Condition or DependsOn too: only an attribute is a reference.
  const attribute = (id: string, value: unknown, by: string, kind: Kind) =>
    items(at(value, by)).map((name) => ({ id, by, name: String(name), kind }));
  return [
    ...['Globals', 'Rules'].flatMap((section) => of(section, intrinsicsIn)),
    ...of('Conditions', (id, value) => [...intrinsicsIn(id, value), ...conditionsIn(id, value)]),
    ...['Resources', 'Outputs'].flatMap((section) =>
      of(section, (id, value) => [
        ...attribute(id, value, 'Condition', 'condition'),
        ...attribute(id, value, 'DependsOn', 'resource'),
        ...intrinsicsIn(id, value),
      ]),
    ),
  ];
}

function intrinsicsIn(id: string, value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap((item) => intrinsicsIn(id, item));
  if (!isRecord(value)) return [];
  const inner = Object.values(value).flatMap((one) => intrinsicsIn(id, one));
  const [[by, argument] = ['', undefined], ...more] = Object.entries(value);
  return more.length > 0 ? inner : [...referredBy(id, by, argument), ...inner];
}

function referredBy(id: string, by: string, argument: unknown): Reference[] {
  const first = String(items(argument)[0]);
  if (by === 'Ref') return [{ id, by, name: String(argument), kind: 'parameter or resource' }];
  if (by === 'Fn::If') return [{ id, by, name: first, kind: 'condition' }];
  // Both spellings: `Name.Attribute` and [Name, Attribute].
  if (by === 'Fn::GetAtt') return [{ id, by, name: withoutAttribute(first), kind: 'resource' }];
  if (by !== 'Fn::Sub') return [];
  const own = entries(items(argument)[1]).map(([name]) => name);
  return placeholdersOf(first)
    .filter((name) => !own.includes(name))
    .map((name) => ({
      id,
      by,
      name: withoutAttribute(name),
      kind: name.includes('.') ? 'resource' : 'parameter or resource',
    }));
}

function withoutAttribute(name: string): string {
  return name.split('.')[0] ?? '';
}

/** Conditions that a condition is made of. */
function conditionsIn(id: string, value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap((item) => conditionsIn(id, item));
  return entries(value).flatMap(([by, inner]): Reference[] =>
    by === 'Condition' ? [{ id, by, name: String(inner), kind: 'condition' }] : conditionsIn(id, inner),
  );
}
