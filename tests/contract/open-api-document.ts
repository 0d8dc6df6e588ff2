import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { at, entries, isRecord, items } from '../template/json.ts';

/** A value of the document and its JSON pointer, by which Ajv finds a schema together with what it refers to. */
export interface DocumentNode {
  readonly pointer: string;
  readonly value: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly isRequired: boolean;
  readonly schema: DocumentNode;
  readonly example: unknown;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly parameters: readonly Parameter[];
  /** Schema of the JSON body it takes. */
  readonly body: DocumentNode | undefined;
  /** Responses by status. */
  readonly responses: ReadonlyMap<string, DocumentNode>;
}

export interface Example {
  readonly where: string;
  readonly schema: DocumentNode;
  readonly value: unknown;
}

/** A service's OpenAPI document, and what compares real answers with it. */
export function openApi(service: string) {
  const document: Record<string, unknown> = parse(
    readFileSync(join(import.meta.dirname, `../../services/${service}/openapi.yaml`), 'utf8'),
  );
  const methods = ['get', 'put', 'post', 'delete', 'patch'];
  const root: DocumentNode = { pointer: '#', value: document };

  /** The value under one key, which may be a reference. */
  function inside({ pointer, value }: DocumentNode, key: string): DocumentNode {
    const escaped = encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
    return { pointer: `${pointer}/${escaped}`, value: Object(value)[key] };
  }

  /** The value under these keys, with references to components followed; undefined where there is none. */
  function child(node: DocumentNode, ...keys: string[]): DocumentNode | undefined {
    const [key, ...rest] = keys;
    if (key === undefined) return node;
    const next = inside(node, key);
    return next.value === undefined ? undefined : child(followed(next), ...rest);
  }

  /** Only a bare reference is another name for its target; beside a schema's reference stand rules of its own. */
  function followed(node: DocumentNode): DocumentNode {
    if (!isRecord(node.value) || Object.keys(node.value).length > 1) return node;
    const reference = node.value['$ref'];
    if (typeof reference !== 'string') return node;
    const target = child(root, ...reference.slice('#/'.length).split('/'));
    if (target === undefined) throw new Error(`${node.pointer}: there is no ${reference}`);
    return target;
  }

  const children = (node: DocumentNode | undefined): DocumentNode[] =>
    node === undefined ? [] : Object.keys(Object(node.value)).flatMap((key) => child(node, key) ?? []);

  const operations: readonly Operation[] = entries(at(document, 'paths')).flatMap(([path, item]) =>
    methods
      .filter((method) => at(item, method) !== undefined)
      .map((method) => {
        const pathItem = child(root, 'paths', path) ?? root;
        const operation = child(pathItem, method) ?? root;
        const security = at(operation.value, 'security') ?? at(document, 'security');
        return {
          id: String(at(operation.value, 'operationId')),
          method: method.toUpperCase(),
          path,
          isPublic: items(security).length === 0,
          parameters: [child(pathItem, 'parameters'), child(operation, 'parameters')]
            .flatMap(children)
            .map(toParameter),
          body: child(operation, 'requestBody', 'content', 'application/json', 'schema'),
          responses: new Map(
            Object.keys(Object(at(operation.value, 'responses'))).flatMap((status) => {
              const response = child(operation, 'responses', status);
              return response === undefined ? [] : [[status, response] as const];
            }),
          ),
        };
      }),
  );

  /** @throws Error when the document has no such operation */
  function operationOf(id: string): Operation {
    const operation = operations.find((candidate) => candidate.id === id);
    if (operation === undefined) throw new Error(`the document has no operation ${id}`);
    return operation;
  }

  function toParameter(node: DocumentNode): Parameter {
    const schema = child(node, 'schema');
    const position = at(node.value, 'in');
    if (schema === undefined || (position !== 'query' && position !== 'path' && position !== 'header'))
      throw new Error(`${node.pointer}: a parameter needs a schema and a place this reader knows`);
    return {
      name: String(at(node.value, 'name')),
      in: position,
      isRequired: at(node.value, 'required') === true,
      schema,
      example: at(node.value, 'example'),
    };
  }

  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  addFormats.default(ajv);
  const documentId = service;
  // The document is no schema itself, only what lies under the pointers is: its own keywords mean nothing to Ajv.
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(document, documentId, undefined, false);
  const validators = new Map<string, ValidateFunction>();

  /** What a value breaks of the schema; nothing when it is valid. */
  function schemaProblems(schema: DocumentNode, value: unknown): string[] {
    const validate = validators.get(schema.pointer) ?? ajv.compile({ $ref: `${documentId}${schema.pointer}` });
    validators.set(schema.pointer, validate);
    return validate(value) ? [] : (validate.errors ?? []).map(toText);
  }

  const toText = ({ instancePath, message, params }: ErrorObject) =>
    `${instancePath || 'the value'} ${message} ${JSON.stringify(params)}`;

  /**
   * Compares a real answer with what the document promises.
   *
   * @param path as requested: with or without the server's `/api` in front and a query behind
   * @param contentType the answer's header, null without one
   * @param body as received, '' without one
   * @returns what is wrong, in words; nothing when all is as promised
   */
  function answerProblems(
    method: string,
    path: string,
    status: number,
    contentType: string | null | undefined,
    body: string,
  ): string[] {
    const found = responseOf(method, path, status);
    if (typeof found === 'string') return [found];
    const content = child(found, 'content');
    const what = `${method} ${path} ${status}`;
    if (content === undefined) return body === '' ? [] : [`${what}: has a body, and none is documented`];
    const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
    const schema = child(content, mediaType, 'schema');
    if (schema === undefined) {
      const documented = Object.keys(Object(content.value)).join(' or ');
      return [`${what}: is "${mediaType}", documented as ${documented}`];
    }
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      return [`${what}: the body is no JSON`];
    }
    return schemaProblems(schema, json).map((problem) => `${what}: ${problem}`);
  }

  /** Like {@link answerProblems}, for the headers that the document names. `headers` has names in lower case. */
  function headerProblems(
    method: string,
    path: string,
    status: number,
    headers: Readonly<Record<string, unknown>>,
  ): string[] {
    const found = responseOf(method, path, status);
    if (typeof found === 'string') return [found];
    const documented = child(found, 'headers');
    return Object.keys(Object(documented?.value)).flatMap((name) => {
      const header = documented && child(documented, name);
      const schema = header && child(header, 'schema');
      if (!header || !schema) return [`${found.pointer}: header ${name} has no schema`];
      const sent = headers[name.toLowerCase()];
      if (sent === undefined) return at(header.value, 'required') === true ? [`the header ${name} is missing`] : [];
      const value = at(schema.value, 'type') === 'integer' ? Number(sent) : sent;
      return schemaProblems(schema, value).map((problem) => `header ${name}: ${problem}`);
    });
  }

  function responseOf(method: string, path: string, status: number): DocumentNode | string {
    const server = String(at(document, 'servers.0.url'));
    const pathname = path.replace(/\?.*$/s, '');
    const wanted = pathname.startsWith(`${server}/`) ? pathname.slice(server.length) : pathname;
    const operation = operations.find(
      (candidate) => candidate.method === method.toUpperCase() && isPathOf(candidate.path, wanted),
    );
    if (operation === undefined) return `${method} ${path}: is not in the document`;
    return operation.responses.get(String(status)) ?? `${method} ${path}: the status ${status} is not documented`;
  }

  function isPathOf(template: string, path: string): boolean {
    const segments = path.split('/');
    const expected = template.split('/');
    return (
      segments.length === expected.length &&
      expected.every((segment, index) => segment === segments[index] || (segment.startsWith('{') && segments[index]))
    );
  }

  /** Every example of the document beside its schema: of parameters, headers, request and response bodies. Follows no
   * reference, so that each component is visited once. */
  function examplesIn(node: DocumentNode = root): Example[] {
    if (Array.isArray(node.value)) return node.value.flatMap((_, index) => examplesIn(inside(node, String(index))));
    if (!isRecord(node.value)) return [];
    const schema = child(node, 'schema');
    const { value, pointer } = node;
    const own = [
      ...('example' in value ? [{ where: pointer, value: value['example'] }] : []),
      ...entries(value['examples']).map(([name, example]) => ({
        where: `${pointer} ${name}`,
        value: at(example, 'value'),
      })),
    ];
    return [
      ...(schema === undefined ? [] : own.map((example) => ({ ...example, schema }))),
      ...Object.keys(value).flatMap((key) =>
        key === 'example' || key === 'examples' ? [] : examplesIn(inside(node, key)),
      ),
    ];
  }

  return { document, operations, operationOf, child, schemaProblems, answerProblems, headerProblems, examplesIn };
}
