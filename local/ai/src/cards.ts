import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from './fields.ts';
import { describeLabel, type Label } from './general-labels.ts';
import type { ModerationLabel } from './moderation-labels.ts';
import type { Call } from './operations.ts';
import { type ErrorName, errorStatus, ServiceError } from './service-error.ts';
import { isCardNumber, maxCardNumber, readTestCard } from './test-card.ts';

/** What a card makes the server do, once. With neither a fault nor labels the models answer. */
export interface Answer {
  /** Only for this operation. Without it an answer with labels is for the operation that has such labels. */
  operation?: Operation;
  /** Wait before anything else. */
  delayMs?: number;
  /** An error of the service, or `timeout`: no answer at all. */
  fault?: ErrorName | 'timeout';
  moderationLabels?: ModerationLabel[];
  labels?: Label[];
}

export type Operation = 'DetectModerationLabels' | 'DetectLabels';

export interface Script {
  number: number;
  answers: Answer[];
  /** How often each operation was asked about the card. */
  asked: Partial<Record<Operation, number>>;
}

/** A script that cannot be used, and why. */
export class InvalidScriptError extends Error {
  override readonly name = 'InvalidScriptError';
}

/** Thrown to end a connection without an answer. */
export class HangUpError extends Error {
  override readonly name = 'HangUpError';
}

export interface Cards {
  /** @throws InvalidScriptError */
  put(number: number, body: unknown): Script;
  get(number: number): Script | undefined;
  delete(number: number): void;
  /**
   * What the script says when the picture is a card that has one. Notes the card, and a fault, for the log.
   *
   * @throws ServiceError for a fault, HangUpError after a timeout, the signal's reason when the client has gone
   */
  answerFor(operation: Operation, image: Buffer, call: Call): Promise<Answer | undefined>;
}

const timeoutMs = 60_000;
const maxAnswers = 100;

/** @param holdMs how long a `timeout` holds the connection of a client that stays */
export function createCards(holdMs = timeoutMs): Cards {
  const scripts = new Map<number, Script & { used: Set<Answer> }>();

  return {
    put(number, body) {
      const script = { number, answers: parseScript(number, body), asked: {}, used: new Set<Answer>() };
      scripts.set(number, script);
      return withoutUse(script);
    },
    get(number) {
      const script = scripts.get(number);
      return script && withoutUse(script);
    },
    delete: (number) => void scripts.delete(number),
    async answerFor(operation, image, { signal, note }) {
      // Reading costs a decode, and without scripts there is nothing to find.
      const number = scripts.size > 0 ? await readTestCard(image).catch(() => undefined) : undefined;
      const script = number === undefined ? undefined : scripts.get(number);
      if (!script || number === undefined) return undefined;
      script.asked[operation] = (script.asked[operation] ?? 0) + 1;
      const answer = nextAnswer(script, operation);
      if (!answer) return undefined;
      script.used.add(answer);
      note({ card: number, ...(answer.fault && { fault: answer.fault }) });
      if (answer.delayMs) await sleep(answer.delayMs, undefined, { signal });
      if (answer.fault === 'timeout') {
        await sleep(holdMs, undefined, { signal });
        throw new HangUpError('as the card says');
      }
      if (answer.fault) throw new ServiceError(answer.fault);
      return answer;
    },
  };
}

const withoutUse = ({ number, answers, asked }: Script): Script => ({ number, answers, asked: { ...asked } });

/**
 * The first unused answer that concerns the operation. When there is none, the script's last answer goes on if it concerns the
 * operation, else the last one that names it; a fault that was meant for once does not.
 */
function nextAnswer({ answers, used }: Script & { used: Set<Answer> }, operation: Operation): Answer | undefined {
  const concerned = answers.filter((answer) => (operationsOf(answer) ?? [operation]).includes(operation));
  const last = answers.at(-1);
  return (
    concerned.find((answer) => !used.has(answer)) ??
    concerned.find((answer) => answer === last) ??
    concerned.findLast((answer) => operationsOf(answer) !== undefined)
  );
}

/** The operations that an answer is for; undefined for one that suits all. */
function operationsOf({ operation, moderationLabels, labels }: Answer): Operation[] | undefined {
  if (operation) return [operation];
  if (!moderationLabels && !labels) return undefined;
  return [
    ...(moderationLabels ? ['DetectModerationLabels' as const] : []),
    ...(labels ? ['DetectLabels' as const] : []),
  ];
}

const faults = [...Object.keys(errorStatus), 'timeout'];
const operations: Operation[] = ['DetectModerationLabels', 'DetectLabels'];

function parseScript(number: number, body: unknown): Answer[] {
  require(isCardNumber(number), `A card's number is an integer from 0 to ${maxCardNumber}.`);
  require(isObject(body), 'The body must be a JSON object: { "answers": [ … ] }.');
  requireMembers(body, 'the body', ['answers']);
  const { answers } = body;
  require(Array.isArray(answers) && answers.length > 0, 'answers must be a list with at least one answer.');
  require(answers.length <= maxAnswers, `answers may have ${maxAnswers} answers at most.`);
  return answers.map((answer, i) => parseAnswer(answer, `answers[${i}]`));
}

function parseAnswer(answer: unknown, at: string): Answer {
  require(isObject(answer), `${at} must be an object.`);
  requireMembers(answer, at, ['operation', 'delayMs', 'fault', 'moderationLabels', 'labels']);
  const { operation, delayMs, fault, moderationLabels, labels } = answer;
  require(Object.keys(answer).length > 0, `${at} says nothing.`);
  require(isOneOf(operation, operations), `${at}.operation must be one of ${operations.join(', ')}.`);
  require(isOneOf(fault, faults), `${at}.fault must be one of ${faults.join(', ')}.`);
  require(delayMs === undefined || isNumber(delayMs, 0, timeoutMs), `${at}.delayMs must be from 0 to ${timeoutMs}.`);
  require(!fault || (!moderationLabels && !labels), `${at} may have a fault or labels, not both.`);
  const isFor = (wanted: Operation) => operation === undefined || operation === wanted;
  require(!moderationLabels || isFor('DetectModerationLabels'), `${at} has moderationLabels for ${operation}.`);
  require(!labels || isFor('DetectLabels'), `${at} has labels for ${operation}.`);
  return {
    ...(operation !== undefined && { operation: operation as Operation }),
    ...(delayMs !== undefined && { delayMs: delayMs as number }),
    ...(fault !== undefined && { fault: fault as ErrorName | 'timeout' }),
    ...(moderationLabels !== undefined && {
      moderationLabels: parseList(moderationLabels, `${at}.moderationLabels`, parseModerationLabel),
    }),
    ...(labels !== undefined && { labels: parseList(labels, `${at}.labels`, parseLabel) }),
  };
}

function parseList<T>(value: unknown, at: string, parse: (item: JsonObject, at: string) => T): T[] {
  require(Array.isArray(value), `${at} must be a list; an empty one says that nothing was found.`);
  return value.map((item, i) => {
    require(isObject(item), `${at}[${i}] must be an object.`);
    return parse(item, `${at}[${i}]`);
  });
}

function parseNamed({ Name, Confidence }: JsonObject, at: string): { Name: string; Confidence: number } {
  require(typeof Name === 'string' && Name !== '', `${at}.Name must be the name of a label.`);
  require(isNumber(Confidence, 0, 100), `${at}.Confidence must be from 0 to 100.`);
  return { Name: Name as string, Confidence: Confidence as number };
}

function parseModerationLabel(item: JsonObject, at: string): ModerationLabel {
  requireMembers(item, at, ['Name', 'Confidence', 'ParentName', 'TaxonomyLevel']);
  const { ParentName = '', TaxonomyLevel = ParentName === '' ? 1 : 2 } = item;
  require(typeof ParentName === 'string', `${at}.ParentName must be the name of a label, or empty.`);
  require([1, 2, 3].includes(TaxonomyLevel as number), `${at}.TaxonomyLevel must be 1, 2 or 3.`);
  return { ...parseNamed(item, at), ParentName: ParentName as string, TaxonomyLevel: TaxonomyLevel as number };
}

function parseLabel(item: JsonObject, at: string): Label {
  requireMembers(item, at, ['Name', 'Confidence', 'Instances', 'Parents', 'Aliases', 'Categories']);
  const { Name, Confidence } = parseNamed(item, at);
  const described = describeLabel(Name, Confidence);
  const lists = Object.entries(item).filter(([member]) => member !== 'Name' && member !== 'Confidence');
  for (const [member, value] of lists) require(Array.isArray(value), `${at}.${member} must be a list.`);
  return { ...described, ...Object.fromEntries(lists) };
}

function require(holds: boolean, message: string): asserts holds {
  if (!holds) throw new InvalidScriptError(message);
}

function requireMembers(object: JsonObject, at: string, known: string[]): void {
  const unknown = Object.keys(object).find((member) => !known.includes(member));
  require(unknown === undefined, `${at} has an unknown member ${unknown}; known are ${known.join(', ')}.`);
}

const isOneOf = (value: unknown, allowed: readonly string[]): boolean =>
  value === undefined || (typeof value === 'string' && allowed.includes(value));

const isNumber = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && value >= min && value <= max;
