import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { at, parseJson } from './json.ts';
import { parseTemplate, stateMachinesOf, type Template } from './sam-template.ts';
import { serviceOf } from './ssm.ts';

/** Texts of the files that the rules read, by their path from the repository's root. */
export type Files = ReadonlyMap<string, string>;

const ROOT = 'template-root.yaml';
const SAMCONFIG = 'samconfig.toml';

const READ = [
  ROOT,
  SAMCONFIG,
  `services/*/{template.yaml,${SAMCONFIG}}`,
  'services/*/src/**/*.ts',
  'statemachines/*.asl.json',
  'events/**/*.json',
];

export interface Service {
  readonly name: string;
  readonly template: Template;
  /** Its samconfig.toml, see {@link Repository.samconfigs}. */
  readonly samconfig: unknown;
}

/** A bus event as its producer publishes it. */
export interface Sample {
  readonly path: string;
  readonly producer: string;
  readonly schemaPath: string;
  readonly event: unknown;
}

export interface Repository {
  readonly files: Files;
  readonly services: readonly Service[];
  readonly root: Template | undefined;
  /** Each samconfig.toml by its path, as an object: environment, command, `parameters`. */
  readonly samconfigs: ReadonlyMap<string, unknown>;
  readonly samples: readonly Sample[];
}

export function readFiles(directory: string): Files {
  const paths = globSync(READ, { cwd: directory }).sort();
  return new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(directory, path), 'utf8')]));
}

export function parseRepository(files: Files): Repository {
  const rootSource = files.get(ROOT);
  const samconfigs = new Map(
    [...files].filter(([path]) => posix.basename(path) === SAMCONFIG).map(([path, text]) => [path, parseToml(text)]),
  );
  return {
    files,
    samconfigs,
    root: rootSource === undefined ? undefined : parseTemplate(ROOT, rootSource),
    services: [...files].flatMap(([path, source]) => {
      const name = serviceOf(path);
      if (name === undefined) return [];
      const samconfig = samconfigs.get(`services/${name}/${SAMCONFIG}`);
      return [{ name, template: parseTemplate(path, source), samconfig }];
    }),
    samples: [...files].flatMap(([path, text]) => {
      const producer = /^events\/([^/]+)\/\w+\.v\d+\.json$/.exec(path)?.[1];
      if (producer === undefined || producer === 'invoke') return [];
      return [{ path, producer, schemaPath: path.replace(/json$/, 'schema.json'), event: parseJson(path, text) }];
    }),
  };
}

/** The files that the state machines of a template are defined by. */
export function definitionPathsOf(template: Template): { id: string; path: string; substitutions: unknown }[] {
  return stateMachinesOf(template).flatMap(({ id, properties }) => {
    const uri = at(properties, 'DefinitionUri');
    if (typeof uri !== 'string') return [];
    const path = posix.join(posix.dirname(template.path), uri);
    return [{ id, path, substitutions: at(properties, 'DefinitionSubstitutions') }];
  });
}
