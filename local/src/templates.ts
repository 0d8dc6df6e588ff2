import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { type CollectionTag, parse as parseYaml, type ScalarTag, YAMLParseError } from 'yaml';
import { Failure } from './failure.ts';
import { servicesFolder } from './paths.ts';

/** A CloudFormation template as data, short forms (`!Ref x`) turned into long ones (`{Ref: x}`). */
export interface Template {
  Parameters?: Record<string, { Type: string; Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Resources: Record<
    string,
    { Type: string; Condition?: string; DeletionPolicy?: string; Properties?: Record<string, unknown> }
  >;
}

const shortForms = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
];

function longForm(name: string): (value: unknown) => unknown {
  const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
  return (value) => ({ [key]: name === 'GetAtt' && typeof value === 'string' ? value.split(/\.(.*)/s, 2) : value });
}

const tags = [...shortForms, 'Ref', 'Condition'].flatMap((name): (ScalarTag | CollectionTag)[] => {
  const convert = longForm(name);
  return [
    { tag: `!${name}`, resolve: convert },
    { tag: `!${name}`, collection: 'seq', resolve: (node) => convert(node.toJSON()) },
    { tag: `!${name}`, collection: 'map', resolve: (node) => convert(node.toJSON()) },
  ];
});

/**
 * Reads the text of a template.
 *
 * @throws Failure naming the file and the place, when it is not YAML
 */
export function parseTemplate(text: string, file = 'template.yaml'): Template {
  try {
    return parseYaml(text, { customTags: tags, merge: true }) as Template;
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause;
    const [message = ''] = cause.message.split(/ at line \d+, column \d+|\n/);
    const [at] = cause.linePos ?? [];
    throw new Failure(`${file}: ${message}${at ? ` (line ${at.line}, column ${at.col})` : ''}`, { cause });
  }
}

/** A folder under services/ that is a stack of its own. */
export interface Service {
  name: string;
  folder: string;
  template: Template;
}

/** Every service of the repository; a folder without a template (the frontend) is none. */
export function readServices(folder = servicesFolder): Service[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(folder, name) }))
    .flatMap(({ name, folder: path }) => {
      let text: string;
      try {
        text = readFileSync(join(path, 'template.yaml'), 'utf8');
      } catch {
        return [];
      }
      return [{ name, folder: path, template: parseTemplate(text, `services/${name}/template.yaml`) }];
    });
}

/** SSM paths a template publishes, as they are in the stage `dev` that parameters default to. */
export function publishedPaths(template: Template): string[] {
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::SSM::Parameter')
    .map(({ Properties }) => {
      const name = Properties?.['Name'];
      const pattern = typeof name === 'object' && name !== null && 'Fn::Sub' in name ? name['Fn::Sub'] : name;
      return String(pattern).replaceAll(`\${Stage}`, 'dev');
    });
}

/** SSM paths a template consumes through its parameters, in the stage `dev`. */
export function consumedPaths(template: Template): string[] {
  return Object.values(template.Parameters ?? {})
    .filter(({ Type }) => Type.startsWith('AWS::SSM::Parameter::Value<'))
    .map(({ Default }) => String(Default));
}

/**
 * The services in the order they can be deployed, as groups: those of one group need nothing of each other.
 *
 * @throws Failure naming the services of a cycle, or the path nobody publishes
 */
export function deployOrder<T extends Pick<Service, 'name' | 'template'>>(services: T[]): T[][] {
  const producers = new Map(
    services.flatMap((service) => publishedPaths(service.template).map((path) => [path, service.name])),
  );
  const needs = new Map(
    services.map(({ name, template }) => {
      const producersOf = consumedPaths(template).map((path) => {
        const producer = producers.get(path);
        if (!producer) throw new Failure(`services/${name} consumes ${path}, which no service publishes.`);
        return producer;
      });
      return [name, producersOf.filter((producer) => producer !== name)];
    }),
  );
  const groups: T[][] = [];
  const done = new Set<string>();
  while (done.size < services.length) {
    const group = services.filter(
      ({ name }) => !done.has(name) && needs.get(name)?.every((producer) => done.has(producer)),
    );
    if (group.length === 0) {
      const rest = services.map(({ name }) => name).filter((name) => !done.has(name));
      throw new Failure(`These services wait for each other's SSM parameters: ${rest.join(', ')}.`, {
        advice: 'One of them must take what it needs from events or its own configuration instead.',
      });
    }
    groups.push(group);
    for (const { name } of group) done.add(name);
  }
  return groups;
}

interface SamConfig {
  [environment: string]: {
    global?: { parameters?: { stack_name?: string } };
    deploy?: { parameters?: { parameter_overrides?: string[] } };
  };
}

/** samconfig.toml's environment of a stage; `dev` is the default one. */
export const environmentOf = (stage: string): string => (stage === 'dev' ? 'default' : stage);

/**
 * The name and parameters of a service's stack in one environment of its samconfig.toml.
 *
 * @throws Failure when the file has no such environment
 */
export function deployConfig(
  service: Service,
  environment: string,
): { stackName: string; parameters: Record<string, string> } {
  const config = parseToml(readFileSync(join(service.folder, 'samconfig.toml'), 'utf8')) as unknown as SamConfig;
  const { global, deploy } = config[environment] ?? {};
  const stackName = global?.parameters?.stack_name;
  if (!stackName) {
    const known = Object.keys(config).filter((name) => config[name]?.global);
    throw new Failure(`services/${service.name}/samconfig.toml has no environment ${environment}.`, {
      advice: `It has: ${known.join(', ')}`,
    });
  }
  const overrides = deploy?.parameters?.parameter_overrides ?? [];
  const parameters = Object.fromEntries(overrides.map((override) => override.split(/=(.*)/s, 2) as [string, string]));
  return { stackName, parameters };
}
