import { ServiceError } from './service-error.ts';

export type JsonObject = Record<string, unknown>;

/** Reads members of a request, and notes which constraints they break. Members that are absent or null are undefined. */
export interface Fields {
  number(name: string, range: { min: number; max?: number }): number | undefined;
  text(name: string, limits: TextLimits): string | undefined;
  texts(name: string, limits: TextLimits & { maxItems: number }): string[] | undefined;
  object(name: string): Fields | undefined;
  /** Notes that a member breaks a constraint. @param shown the value as the message quotes it */
  refuse(name: string, constraint: string, shown?: string): void;
  has(name: string): boolean;
}

interface TextLimits {
  min?: number;
  max?: number;
  pattern?: RegExp;
  oneOf?: readonly string[];
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a request and checks it as the AWS services do before they look at its meaning: all broken constraints in one message.
 *
 * @throws ServiceError SerializationException for a member of another type, ValidationException for broken constraints
 */
export function readFields<T>(input: JsonObject, read: (fields: Fields) => T): T {
  const problems: string[] = [];
  const result = read(fieldsOf(input, '', problems));
  if (problems.length === 0) return result;
  const count = `${problems.length} validation error${problems.length > 1 ? 's' : ''} detected`;
  throw new ServiceError('ValidationException', `${count}: ${problems.join('; ')}`);
}

function fieldsOf(input: JsonObject, path: string, problems: string[]): Fields {
  const pathOf = (name: string) => path + name.charAt(0).toLowerCase() + name.slice(1);
  const refuse = (name: string, constraint: string, shown?: string) => {
    const value = shown === undefined ? 'Value null' : `Value '${shown}'`;
    problems.push(`${value} at '${pathOf(name)}' failed to satisfy constraint: Member must ${constraint}`);
  };
  const member = <T>(name: string, isRight: (value: unknown) => value is T, type: string): T | undefined => {
    const value = input[name];
    if (value === undefined || value === null) return undefined;
    if (!isRight(value)) throw new ServiceError('SerializationException', `${pathOf(name)} must be ${type}`);
    return value;
  };
  const checkText = (name: string, value: string, { min = 0, max, pattern, oneOf }: TextLimits) => {
    if (value.length < min) refuse(name, `have length greater than or equal to ${min}`, value);
    if (max !== undefined && value.length > max) refuse(name, `have length less than or equal to ${max}`, value);
    if (pattern && !pattern.test(value)) refuse(name, `satisfy regular expression pattern: ${pattern.source}`, value);
    if (oneOf && !oneOf.includes(value)) refuse(name, `satisfy enum value set: [${oneOf.join(', ')}]`, value);
  };

  return {
    number(name, { min, max }) {
      const value = member(name, (found) => typeof found === 'number', 'a number');
      if (value === undefined) return undefined;
      if (value < min) refuse(name, `have value greater than or equal to ${min}`, String(value));
      if (max !== undefined && value > max) refuse(name, `have value less than or equal to ${max}`, String(value));
      return value;
    },
    text(name, limits) {
      const value = member(name, (found) => typeof found === 'string', 'a string');
      if (value !== undefined) checkText(name, value, limits);
      return value;
    },
    texts(name, { maxItems, ...limits }) {
      const value = member(name, isTexts, 'a list of strings');
      if (value === undefined) return undefined;
      if (value.length > maxItems) refuse(name, `have length less than or equal to ${maxItems}`, `[${value}]`);
      for (const item of value) checkText(name, item, limits);
      return value;
    },
    object(name) {
      const value = member(name, isObject, 'an object');
      return value && fieldsOf(value, `${pathOf(name)}.`, problems);
    },
    refuse,
    has: (name) => input[name] !== undefined && input[name] !== null,
  };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
