import { Failure } from './failure.ts';
import type { Template } from './templates.ts';

/** What a deployed stack knows: enough to resolve the intrinsic functions of its template. */
export interface StackContext {
  stackName: string;
  stackId: string;
  /** Values after SSM look-up. */
  parameters: Record<string, string>;
  resources: Record<string, { type: string; physicalId: string }>;
  conditions: NonNullable<Template['Conditions']>;
  /** The template's own resources: some attributes are what is written there. */
  definitions?: Template['Resources'];
}

type Json = Record<string, unknown>;

/** Stands for AWS::NoValue: the property or list item it is the value of does not exist. */
const noValue = Symbol('AWS::NoValue');

type Context = StackContext & { region: string; account: string; partition: string };

/** Attributes that follow from a resource's physical id; the engine has no other way to ask for them. */
const attributes: Record<string, Record<string, (physicalId: string, context: Context) => string>> = {
  'AWS::Lambda::Function': {
    Arn: (name, { partition, region, account }) => `arn:${partition}:lambda:${region}:${account}:function:${name}`,
  },
  'AWS::Cognito::UserPool': {
    ProviderURL: (id, { region }) => `https://cognito-idp.${region}.amazonaws.com/${id}`,
  },
};

/**
 * Replaces every intrinsic function in a piece of a template by its value in the deployed stack.
 *
 * @throws Failure on a function, an attribute or a name it does not know: nothing is left out silently
 */
export function resolve(value: unknown, stack: StackContext): unknown {
  const [, partition = '', , region = '', account = ''] = stack.stackId.split(':');
  const resolved = evaluate(value, { ...stack, partition, region, account });
  return resolved === noValue ? undefined : resolved;
}

function evaluate(value: unknown, context: Context): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, context)).filter((item) => item !== noValue);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Json);
  const [only] = entries;
  if (entries.length === 1 && only) {
    const [name, argument] = only;
    if (name === 'Ref') return ref(String(argument), context);
    if (name.startsWith('Fn::')) return call(name, argument, context);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, evaluate(item, context)] as const).filter(([, item]) => item !== noValue),
  );
}

function call(name: string, argument: unknown, context: Context): unknown {
  switch (name) {
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = Array.isArray(argument) ? argument : String(argument).split(/\.(.*)/s, 2);
      return getAtt(String(logicalId), String(attribute), context);
    }
    case 'Fn::Sub':
      return sub(argument, context);
    case 'Fn::Join': {
      const [separator, items] = argument as [string, unknown];
      return (evaluate(items, context) as unknown[]).join(separator);
    }
    case 'Fn::Split': {
      const [separator, text] = argument as [string, unknown];
      return String(evaluate(text, context)).split(separator);
    }
    case 'Fn::Select': {
      const [index, items] = argument as [number, unknown];
      return (evaluate(items, context) as unknown[])[Number(index)];
    }
    case 'Fn::If': {
      const [condition, then, otherwise] = argument as [string, unknown, unknown];
      return evaluate(holds(condition, context) ? then : otherwise, context);
    }
    default:
      throw new Failure(`${context.stackName}: ${name} is not supported by local/src/intrinsics.ts yet.`);
  }
}

function ref(name: string, context: Context): unknown {
  const pseudo: Record<string, unknown> = {
    'AWS::AccountId': context.account,
    'AWS::NoValue': noValue,
    'AWS::Partition': context.partition,
    'AWS::Region': context.region,
    'AWS::StackId': context.stackId,
    'AWS::StackName': context.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const value = pseudo[name] ?? context.parameters[name] ?? context.resources[name]?.physicalId;
  if (value === undefined) throw new Failure(`${context.stackName}: nothing is called ${name}.`);
  return value;
}

function getAtt(logicalId: string, attribute: string, context: Context): string {
  const resource = context.resources[logicalId];
  if (!resource) throw new Failure(`${context.stackName}: nothing is called ${logicalId}.`);
  if (resource.type === 'AWS::SSM::Parameter' && attribute === 'Value')
    return String(evaluate(context.definitions?.[logicalId]?.Properties?.['Value'], context));
  const compute = attributes[resource.type]?.[attribute];
  if (!compute) {
    throw new Failure(
      `${context.stackName}: ${attribute} of ${resource.type} is not known to local/src/intrinsics.ts yet.`,
    );
  }
  return compute(resource.physicalId, context);
}

function sub(argument: unknown, context: Context): string {
  const [pattern, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Json];
  return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in variables) return String(evaluate(variables[name], context));
    const [logicalId = '', attribute] = name.split(/\.(.*)/s, 2);
    return String(attribute ? getAtt(logicalId, attribute, context) : ref(name, context));
  });
}

/** The value of a named condition of the template. */
function holds(name: string, context: Context): boolean {
  const definition = context.conditions[name];
  if (definition === undefined) throw new Failure(`${context.stackName}: no condition is called ${name}.`);
  return test(definition, context);
}

function test(definition: unknown, context: Context): boolean {
  const [name = '', argument] = Object.entries(definition as Json)[0] ?? [];
  const operands = argument as unknown[];
  switch (name) {
    case 'Condition':
      return holds(String(argument), context);
    case 'Fn::Equals':
      return String(evaluate(operands[0], context)) === String(evaluate(operands[1], context));
    case 'Fn::Not':
      return !test(operands[0], context);
    case 'Fn::And':
      return operands.every((operand) => test(operand, context));
    case 'Fn::Or':
      return operands.some((operand) => test(operand, context));
    default:
      throw new Failure(
        `${context.stackName}: the condition function ${name} is not supported by local/src/intrinsics.ts yet.`,
      );
  }
}
