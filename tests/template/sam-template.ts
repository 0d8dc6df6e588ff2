import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { at, entries, isRecord, items } from './json.ts';

/** One resource of a template, with the properties that Globals adds to its type. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: unknown;
  /** The resource as written: DeletionPolicy, DependsOn, Metadata. */
  readonly attributes: unknown;
}

/** A SAM event of a function or a state machine, for example a schedule or a queue. */
export interface EventSource {
  readonly owner: Resource;
  readonly name: string;
  readonly type: string;
  readonly properties: unknown;
}

export interface Template {
  /** Path from the repository's root. */
  readonly path: string;
  /** The template with every short tag (`!Ref`) in its long form (`{ Ref: ... }`). */
  readonly body: unknown;
  readonly resources: readonly Resource[];
  /** Line of a value, from 1, by the object or list that holds it. */
  lineOf(holder: unknown, key: string | number): number | undefined;
  /** Whether a comment stands on the line of that value, or alone on the line above. */
  isExplained(holder: unknown, key: string | number): boolean;
}

/**
 * Reads a SAM template.
 * @throws Error on YAML that does not parse, naming the path.
 */
export function parseTemplate(path: string, source: string): Template {
  const counter = new LineCounter();
  // Short tags are unknown to YAML: the parser keeps them and only warns.
  const document = parseDocument(source, { lineCounter: counter, logLevel: 'error' });
  if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.map(String).join('\n')}`);

  const lines = new WeakMap<object, Map<string | number, number>>();
  const body = toLongForm(document.contents, document, (holder, key, offset) => {
    const known = lines.get(holder) ?? new Map<string | number, number>();
    lines.set(holder, known.set(key, counter.linePos(offset).line));
  });
  const text = source.split('\n');
  const lineOf = (holder: unknown, key: string | number) =>
    typeof holder === 'object' && holder !== null ? lines.get(holder)?.get(key) : undefined;
  return {
    path,
    body,
    resources: entries(at(body, 'Resources')).map(([id, resource]) => toResource(id, resource, at(body, 'Globals'))),
    lineOf,
    isExplained(holder, key) {
      const line = lineOf(holder, key);
      if (line === undefined) return false;
      return /\s#\s*\S/.test(text[line - 1] ?? '') || /^\s*#\s*\S/.test(text[line - 2] ?? '');
    },
  };
}

type Located = (holder: object, key: string | number, offset: number) => void;

function toLongForm(node: unknown, document: Document, located: Located): unknown {
  if (isAlias(node)) return toLongForm(node.resolve(document), document, located);
  if (!isNode(node)) return node;
  const plain = withoutTag(node, document, located);
  if (!node.tag?.startsWith('!')) return plain;
  const name = node.tag.slice(1);
  return { [name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`]: plain };
}

function withoutTag(node: unknown, document: Document, located: Located): unknown {
  if (isSeq(node)) {
    const result: unknown[] = [];
    node.items.forEach((item, index) => {
      result.push(toLongForm(item, document, located));
      if (isNode(item) && item.range) located(result, index, item.range[0]);
    });
    return result;
  }
  if (isMap(node)) {
    const result: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      const name = String(isScalar(key) ? key.value : key);
      result[name] = toLongForm(value, document, located);
      if (isNode(value) && value.range) located(result, name, value.range[0]);
    }
    return result;
  }
  return isScalar(node) ? node.value : undefined;
}

function toResource(id: string, attributes: unknown, globals: unknown): Resource {
  const type = String(at(attributes, 'Type'));
  const shared = type.startsWith('AWS::Serverless::') ? at(globals, type.slice('AWS::Serverless::'.length)) : undefined;
  return { id, type, properties: mergeGlobals(shared, at(attributes, 'Properties')), attributes };
}

/** As SAM does it: maps are merged, lists joined, an intrinsic counts as a plain value, and the resource wins. */
function mergeGlobals(shared: unknown, own: unknown): unknown {
  if (own === undefined) return shared;
  if (Array.isArray(shared) && Array.isArray(own)) return [...shared, ...own];
  if (!isRecord(shared) || !isRecord(own) || isIntrinsic(shared) || isIntrinsic(own)) return own;
  const merged = { ...shared };
  for (const [key, value] of Object.entries(own)) merged[key] = mergeGlobals(shared[key], value);
  return merged;
}

function isIntrinsic(value: Record<string, unknown>): boolean {
  const [key, ...more] = Object.keys(value);
  return more.length === 0 && (key === 'Ref' || key === 'Condition' || key?.startsWith('Fn::') === true);
}

/** The resources of one type, or of several. */
export function ofType(template: Template, ...types: string[]): Resource[] {
  return template.resources.filter((resource) => types.includes(resource.type));
}

export function functionsOf(template: Template): Resource[] {
  return ofType(template, 'AWS::Serverless::Function');
}

export function stateMachinesOf(template: Template): Resource[] {
  return ofType(template, 'AWS::Serverless::StateMachine');
}

/** Every SAM event of the template's functions and state machines. */
export function eventSourcesOf(template: Template): EventSource[] {
  return [...functionsOf(template), ...stateMachinesOf(template)].flatMap((owner) =>
    entries(at(owner.properties, 'Events')).map(([name, event]) => ({
      owner,
      name,
      type: String(at(event, 'Type')),
      properties: at(event, 'Properties'),
    })),
  );
}

/** Names inside the `${...}` of an Fn::Sub text, with their attribute; `${!Name}` stays as text. */
export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name]) => name?.trim() ?? '');
}

/** Every logical id, parameter and pseudo parameter that the intrinsics within a value refer to. */
export function mentionsOf(value: unknown): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...mentionsOf(item)]));
  return new Set(
    entries(value).flatMap(([key, inner]) => {
      if (key === 'Ref') return [String(inner)];
      // Both spellings: `Name.Attribute` and [Name, Attribute].
      if (key === 'Fn::GetAtt') return [String(items(inner)[0]).split('.')[0] ?? ''];
      if (key === 'Fn::Sub') {
        const names = placeholdersOf(String(items(inner)[0])).map((name) => name.split('.')[0] ?? '');
        return [...names, ...mentionsOf(items(inner)[1])];
      }
      return [...mentionsOf(inner)];
    }),
  );
}

/** The one resource or parameter a value stands for: `!Ref X`, `!GetAtt X.Arn` or `!Sub '${X.Arn}'`. */
export function targetOf(value: unknown): string | undefined {
  const mentions = [...mentionsOf(value)];
  return mentions.length === 1 ? mentions[0] : undefined;
}

/** A number as written, or the default of the parameter that stands for it. */
export function numberOf(template: Template, value: unknown): number | undefined {
  const reference = at(value, 'Ref');
  const written = typeof reference === 'string' ? at(template.body, `Parameters.${reference}.Default`) : value;
  return written === undefined || written === null || Number.isNaN(Number(written)) ? undefined : Number(written);
}
