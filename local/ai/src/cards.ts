import { isObject, type JsonObject } from './fields.ts';
import { describeLabel, type Label } from './general-labels.ts';
import type { ModerationLabel } from './moderation-labels.ts';
import type { Call } from './operations.ts';
import {
  type Act,
  act,
  isNumber,
  isOneOf,
  parseAct,
  parseAnswers,
  requireMembers,
  requireThat,
  timeoutMs,
} from './script.ts';
import { isCardNumber, maxCardNumber, readTestCard } from './test-card.ts';

/** What a card makes the server do, once. With neither a fault nor labels the models answer. */
export interface Answer extends Act {
  /** Only for this operation. Without it an answer with labels is for the operation that has such labels. */
  operation?: Operation;
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
    async answerFor(operation, image, call) {
      // Reading costs a decode, and without scripts there is nothing to find.
      const number = scripts.size > 0 ? await readTestCard(image).catch(() => undefined) : undefined;
      const script = number === undefined ? undefined : scripts.get(number);
      if (!script || number === undefined) return undefined;
      script.asked[operation] = (script.asked[operation] ?? 0) + 1;
      const answer = nextAnswer(script, operation);
      if (!answer) return undefined;
      script.used.add(answer);
      call.note({ card: number, ...(answer.fault && { fault: answer.fault }) });
      await act(answer, call, holdMs);
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

const operations: Operation[] = ['DetectModerationLabels', 'DetectLabels'];

function parseScript(number: number, body: unknown): Answer[] {
  requireThat(isCardNumber(number), `A card's number is an integer from 0 to ${maxCardNumber}.`);
  return parseAnswers(body, parseAnswer);
}

function parseAnswer(answer: JsonObject, at: string): Answer {
  requireMembers(answer, at, ['operation', 'delayMs', 'fault', 'moderationLabels', 'labels']);
  const { operation, fault, moderationLabels, labels } = answer;
  requireThat(isOneOf(operation, operations), `${at}.operation must be one of ${operations.join(', ')}.`);
  requireThat(!fault || (!moderationLabels && !labels), `${at} may have a fault or labels, not both.`);
  const isFor = (wanted: Operation) => operation === undefined || operation === wanted;
  requireThat(!moderationLabels || isFor('DetectModerationLabels'), `${at} has moderationLabels for ${operation}.`);
  requireThat(!labels || isFor('DetectLabels'), `${at} has labels for ${operation}.`);
  return {
    ...(operation !== undefined && { operation: operation as Operation }),
    ...parseAct(answer, at),
    ...(moderationLabels !== undefined && {
      moderationLabels: parseList(moderationLabels, `${at}.moderationLabels`, parseModerationLabel),
    }),
    ...(labels !== undefined && { labels: parseList(labels, `${at}.labels`, parseLabel) }),
  };
}

function parseList<T>(value: unknown, at: string, parse: (item: JsonObject, at: string) => T): T[] {
  requireThat(Array.isArray(value), `${at} must be a list; an empty one says that nothing was found.`);
  return value.map((item, i) => {
    requireThat(isObject(item), `${at}[${i}] must be an object.`);
    return parse(item, `${at}[${i}]`);
  });
}

function parseNamed({ Name, Confidence }: JsonObject, at: string): { Name: string; Confidence: number } {
  requireThat(typeof Name === 'string' && Name !== '', `${at}.Name must be the name of a label.`);
  requireThat(isNumber(Confidence, 0, 100), `${at}.Confidence must be from 0 to 100.`);
  return { Name: Name as string, Confidence: Confidence as number };
}

function parseModerationLabel(item: JsonObject, at: string): ModerationLabel {
  requireMembers(item, at, ['Name', 'Confidence', 'ParentName', 'TaxonomyLevel']);
  const { ParentName = '', TaxonomyLevel = ParentName === '' ? 1 : 2 } = item;
  requireThat(typeof ParentName === 'string', `${at}.ParentName must be the name of a label, or empty.`);
  requireThat([1, 2, 3].includes(TaxonomyLevel as number), `${at}.TaxonomyLevel must be 1, 2 or 3.`);
  return { ...parseNamed(item, at), ParentName: ParentName as string, TaxonomyLevel: TaxonomyLevel as number };
}

function parseLabel(item: JsonObject, at: string): Label {
  requireMembers(item, at, ['Name', 'Confidence', 'Instances', 'Parents', 'Aliases', 'Categories']);
  const { Name, Confidence } = parseNamed(item, at);
  const described = describeLabel(Name, Confidence);
  const lists = Object.entries(item).filter(([member]) => member !== 'Name' && member !== 'Confidence');
  for (const [member, value] of lists) requireThat(Array.isArray(value), `${at}.${member} must be a list.`);
  return { ...described, ...Object.fromEntries(lists) };
}
