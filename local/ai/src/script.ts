import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from './fields.ts';
import type { Call } from './operations.ts';
import { type ErrorName, errorNames, ServiceError } from './service-error.ts';

/** What every answer of a script may say, whatever it is an answer to. */
export interface Act {
  /** Wait before anything else. */
  delayMs?: number;
  /** An error of the service, or `timeout`: no answer at all. */
  fault?: ErrorName | 'timeout';
}

/** A script that cannot be used, and why. */
export class InvalidScriptError extends Error {
  override readonly name = 'InvalidScriptError';
}

/** Thrown to end a connection without an answer. */
export class HangUpError extends Error {
  override readonly name = 'HangUpError';
}

/** How long a `timeout` holds the connection of a client that stays, and the longest delay. */
export const timeoutMs = 60_000;
const maxAnswers = 100;

/** Waits and fails as the answer says. @throws ServiceError, HangUpError, or the signal's reason when the client has gone */
export async function act({ delayMs, fault }: Act, { signal }: Call, holdMs: number): Promise<void> {
  if (delayMs) await sleep(delayMs, undefined, { signal });
  if (fault === 'timeout') {
    await sleep(holdMs, undefined, { signal });
    throw new HangUpError('as the script says');
  }
  if (fault) throw new ServiceError(fault);
}

/** Reads the members that every answer may have. */
export function parseAct({ delayMs, fault }: JsonObject, at: string): Act {
  requireThat(isOneOf(fault, faults), `${at}.fault must be one of ${faults.join(', ')}.`);
  requireThat(
    delayMs === undefined || isNumber(delayMs, 0, timeoutMs),
    `${at}.delayMs must be from 0 to ${timeoutMs}.`,
  );
  return {
    ...(delayMs !== undefined && { delayMs: delayMs as number }),
    ...(fault !== undefined && { fault: fault as ErrorName | 'timeout' }),
  };
}

const faults = [...errorNames, 'timeout'];

/** Reads `{ "answers": [ … ] }`. */
export function parseAnswers<T>(body: unknown, parse: (answer: JsonObject, at: string) => T): T[] {
  requireThat(isObject(body), 'The body must be a JSON object: { "answers": [ … ] }.');
  requireMembers(body, 'the body', ['answers']);
  const { answers } = body;
  requireThat(Array.isArray(answers) && answers.length > 0, 'answers must be a list with at least one answer.');
  requireThat(answers.length <= maxAnswers, `answers may have ${maxAnswers} answers at most.`);
  return answers.map((answer, i) => {
    requireThat(isObject(answer), `answers[${i}] must be an object.`);
    requireThat(Object.keys(answer).length > 0, `answers[${i}] says nothing.`);
    return parse(answer, `answers[${i}]`);
  });
}

export function requireThat(holds: boolean, message: string): asserts holds {
  if (!holds) throw new InvalidScriptError(message);
}

export function requireMembers(object: JsonObject, at: string, known: string[]): void {
  const unknown = Object.keys(object).find((member) => !known.includes(member));
  requireThat(unknown === undefined, `${at} has an unknown member ${unknown}; known are ${known.join(', ')}.`);
}

export const isOneOf = (value: unknown, allowed: readonly string[]): boolean =>
  value === undefined || (typeof value === 'string' && allowed.includes(value));

export const isNumber = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && value >= min && value <= max;
