import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { handlerName } from '../../tools/handler-file.ts';
import { isEventSource, objectWritesOf } from './buckets.ts';
import { matchesPattern } from './event-pattern.ts';
import { at, entries, isRecord, items, parseJson, textsIn } from './json.ts';
import { definitionPathsOf, type Repository, type Service } from './repository.ts';
import { type Finding, grantsOf } from './rules/rule.ts';
import {
  eventSourcesOf,
  functionsOf,
  mentionsOf,
  ofType,
  stateMachinesOf,
  type Template,
  targetOf,
} from './sam-template.ts';
import { asProduced, consumedBy, inStage, producedBy } from './ssm.ts';

/** What is wrong between files, and in which one to change it. */
export interface WiringFinding extends Finding {
  readonly file: string;
}

/** Reads the whole repository and says what breaks the rule. */
export type WiringRule = (repository: Repository) => WiringFinding[];

interface Produced {
  readonly service: Service;
  readonly value: unknown;
}

function producersOf({ services }: Repository, path: string): Produced[] {
  return services.flatMap((service) =>
    producedBy(service.template)
      .filter((produced) => produced.path === asProduced(path))
      .map(({ value }) => ({ service, value })),
  );
}

/** The services whose parameters a service reads, so that they are deployed before it. */
function prerequisitesOf(repository: Repository, { name, template }: Service): string[] {
  const producers = consumedBy(template).flatMap(({ path }) => producersOf(repository, path));
  return [...new Set(producers.map(({ service }) => service.name))].filter((producer) => producer !== name);
}

export const ssmProducer: WiringRule = (repository) =>
  repository.services.flatMap(({ template }) =>
    consumedBy(template).flatMap(({ parameter, path }) => {
      const found = producersOf(repository, path).length;
      if (found === 1) return [];
      return [
        {
          file: template.path,
          id: parameter,
          message: `${path} (of the dev stage) is written by ${found} AWS::SSM::Parameters, not by one`,
        },
      ];
    }),
  );

export const deployOrder: WiringRule = (repository) => {
  let waiting = [...repository.services];
  for (;;) {
    const blocked = waiting.filter((service) =>
      prerequisitesOf(repository, service).some((name) => waiting.some((other) => other.name === name)),
    );
    if (blocked.length === waiting.length) break;
    waiting = blocked;
  }
  return waiting.map(({ name, template }) => ({
    file: template.path,
    id: name,
    message: `break the circle of parameters among ${waiting.map((other) => other.name).join(', ')}`,
  }));
};

interface BusRule {
  readonly service: Service;
  readonly id: string;
  readonly pattern: unknown;
}

/** The rules on our own bus; events of AWS's services have no producer here. */
function busRulesOf(repository: Repository): BusRule[] {
  return repository.services
    .flatMap((service): BusRule[] => [
      ...eventSourcesOf(service.template)
        .filter(({ type }) => type === 'EventBridgeRule' || type === 'CloudWatchEvent')
        .map(({ owner, name, properties }) => ({
          service,
          id: `${owner.id}.${name}`,
          pattern: at(properties, 'Pattern'),
        })),
      ...ofType(service.template, 'AWS::Events::Rule').map(({ id, properties }) => ({
        service,
        id,
        pattern: at(properties, 'EventPattern'),
      })),
    ])
    .filter(
      ({ pattern }) =>
        pattern !== undefined && !textsIn(at(pattern, 'source')).some((source) => source.startsWith('aws.')),
    );
}

function samplesFor(repository: Repository, pattern: unknown) {
  return repository.samples.filter(({ event }) =>
    ['source', 'detail-type'].every((field) => items(at(pattern, field)).includes(at(event, field))),
  );
}

/** An event without a sample has no producer that anyone could name. */
export const eventProducer: WiringRule = (repository) =>
  busRulesOf(repository).flatMap(({ service, id, pattern }) => {
    const found = samplesFor(repository, pattern);
    if (found.length === 1) return [];
    const event = `${textsIn(at(pattern, 'source'))} ${textsIn(at(pattern, 'detail-type'))}`;
    const message = `"${event}" must have one sample events/<producer>/<DetailType>.v1.json, and has ${found.length}`;
    return [{ file: service.template.path, id, message }];
  });

/** A sample is stamped with one workflow; each workflow's rule takes the events stamped with its own name. */
export const eventPattern: WiringRule = (repository) =>
  busRulesOf(repository).flatMap(({ service, id, pattern }) =>
    samplesFor(repository, pattern)
      .filter(({ event }) => !matchesPattern(pattern, stamped(event, service.name)))
      .map(({ path }) => ({ file: service.template.path, id, message: `its pattern does not match ${path}` })),
  );

/** A workflow that took the events of others would make each photo twice. */
export const workflowEvent: WiringRule = (repository) =>
  busRulesOf(repository)
    .filter(({ service }) => stateMachinesOf(service.template).length > 0)
    .filter(({ service, pattern }) => !isDeepStrictEqual(at(pattern, 'detail.workflow'), [service.name]))
    .map(({ service, id }) => ({
      file: service.template.path,
      id,
      message: `set detail.workflow of its pattern to [${service.name}]`,
    }));

function stamped(event: unknown, workflow: string): unknown {
  const detail = at(event, 'detail');
  if (!isRecord(event) || !isRecord(detail) || !('workflow' in detail)) return event;
  return { ...event, detail: { ...detail, workflow } };
}

export const sampleName: WiringRule = ({ samples, services }) =>
  samples.flatMap(({ path, producer, event }) => {
    const type = at(event, 'detail-type');
    const findings: WiringFinding[] = [];
    if (!services.some(({ name }) => name === producer)) {
      findings.push({ file: path, id: producer, message: 'there is no such service: move the sample to its producer' });
    }
    // Topics carry events without an envelope.
    if (type !== undefined && !path.includes(`/${type}.v`)) {
      findings.push({ file: path, id: String(type), message: 'name the file by its detail-type' });
    }
    return findings;
  });

export const sampleSchema: WiringRule = ({ files, samples }) =>
  samples.flatMap(({ path, schemaPath, event }) => {
    const schema = files.get(schemaPath);
    if (schema === undefined) return [{ file: path, id: 'schema', message: `write ${schemaPath}` }];
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    addFormats.default(ajv);
    if (ajv.validate(Object(parseJson(schemaPath, schema)), event)) return [];
    return [{ file: path, id: 'schema', message: ajv.errorsText() }];
  });

export const eventPermission: WiringRule = ({ samples, services }) =>
  samples
    .filter(({ event }) => at(event, 'detail-type') !== undefined)
    .flatMap(({ path, producer }) => {
      const template = services.find(({ name }) => name === producer)?.template;
      const mayPut = template?.resources
        .flatMap(grantsOf)
        .some(({ statement }) => items(statement['Action']).includes('events:PutEvents'));
      if (template === undefined || mayPut) return [];
      return [
        {
          file: template.path,
          id: producer,
          message: `nothing in it may call events:PutEvents, and ${path} is its event`,
        },
      ];
    });

/** Between stacks the loop runs over the bus, so no stack may write to a bucket that sets off events. */
export const crossStackLoop: WiringRule = (repository) =>
  repository.services.flatMap(({ template }) =>
    consumedBy(template)
      .filter(({ path }) => producersOf(repository, path).some(isEventBucket))
      .flatMap(({ parameter }) =>
        template.resources
          .filter((writer) => objectWritesOf(writer).some((resource) => mentionsOf(resource).has(parameter)))
          .map(({ id }) => ({
            file: template.path,
            id,
            message: `it may write to ${parameter}, whose objects set off events: write to another bucket`,
          })),
      ),
  );

function isEventBucket({ service: { template }, value }: Produced): boolean {
  const bucket = ofType(template, 'AWS::S3::Bucket').find(({ id }) => id === targetOf(value));
  return bucket !== undefined && isEventSource(template, bucket);
}

interface Nested {
  readonly id: string;
  readonly application: unknown;
}

/** The nested stack of each service in template-root.yaml. */
function nestedOf(root: Template | undefined): ReadonlyMap<string, Nested> {
  const applications = root === undefined ? [] : ofType(root, 'AWS::Serverless::Application');
  return new Map(
    applications.map(({ id, properties, attributes }) => [
      /services\/([^/]+)\//.exec(String(at(properties, 'Location')))?.[1] ?? id,
      { id, application: attributes },
    ]),
  );
}

export const rootServices: WiringRule = ({ root, services }) =>
  services
    .filter(({ name }) => !nestedOf(root).has(name))
    .map(({ name }) => ({
      file: 'template-root.yaml',
      id: name,
      message: 'add it as an AWS::Serverless::Application',
    }));

/** Nested stacks are made side by side unless one waits for another. */
export const rootOrder: WiringRule = (repository) =>
  repository.services.flatMap((service) => {
    const nested = nestedOf(repository.root);
    const own = nested.get(service.name);
    if (own === undefined) return [];
    const waitsFor = [...items(at(own.application, 'DependsOn')), ...mentionsOf(at(own.application, 'Properties'))];
    return prerequisitesOf(repository, service)
      .map((name) => nested.get(name)?.id)
      .filter((id) => id !== undefined && !waitsFor.includes(id))
      .map((id) => ({ file: 'template-root.yaml', id: own.id, message: `add DependsOn: ${id}` }));
  });

/** The defaults of a nested stack are the paths of the dev stage. */
export const rootStage: WiringRule = ({ root, services }) =>
  services.flatMap(({ name, template }) => {
    const own = nestedOf(root).get(name);
    if (own === undefined) return [];
    const given = (parameter: string) => at(own.application, `Properties.Parameters.${parameter}`);
    return consumedBy(template)
      .filter(({ parameter, path }) => at(given(parameter), 'Fn::Sub') !== asProduced(path))
      .map(({ parameter, path }) => ({
        file: 'template-root.yaml',
        id: own.id,
        message: `set Parameters.${parameter}: !Sub ${asProduced(path)}`,
      }));
  });

export const functionSample: WiringRule = ({ files, services }) =>
  services.flatMap(({ name, template }) =>
    functionsOf(template)
      .map(({ id }) => ({ id, path: `events/invoke/${name}/${handlerName(id)}.json` }))
      .filter(({ path }) => !files.has(path))
      .map(({ id, path }) => ({ file: template.path, id, message: `write ${path}, for sam local invoke` })),
  );

const handlerPath = (service: string, id: string) => `services/${service}/src/handlers/${handlerName(id)}.ts`;

export const functionHandler: WiringRule = ({ files, services }) =>
  services.flatMap(({ name, template }) => {
    const wanted = functionsOf(template).map(({ id }) => ({ id, path: handlerPath(name, id) }));
    const orphans = [...files.keys()].filter(
      (path) => path.startsWith(`services/${name}/src/handlers/`) && !wanted.some((one) => one.path === path),
    );
    return [
      ...wanted
        .filter(({ path }) => !files.has(path))
        .map(({ id, path }) => ({ file: template.path, id, message: `write ${path}` })),
      ...orphans.map((path) => ({
        file: path,
        id: 'handler',
        message: 'no function has this handler: remove it or add one',
      })),
    ];
  });

/** Returned without the setting, failures are deleted; set without them, one failure repeats the whole batch. */
export const batchFailures: WiringRule = ({ files, services }) =>
  services.flatMap(({ name, template }) =>
    functionsOf(template).flatMap(({ id }) => {
      const isSet = eventSourcesOf(template).some(
        ({ owner, properties }) =>
          owner.id === id && items(at(properties, 'FunctionResponseTypes')).includes('ReportBatchItemFailures'),
      );
      const code = files.get(handlerPath(name, id));
      const isReturned = /batchItemFailures|processPartialResponse\(/.test(code ?? '');
      if (code === undefined || isSet === isReturned) return [];
      const message = isSet
        ? `its mapping sets ReportBatchItemFailures: return batchItemFailures from ${handlerPath(name, id)}`
        : 'its handler returns batchItemFailures: set ReportBatchItemFailures on its event';
      return [{ file: template.path, id, message }];
    }),
  );

/**
 * The other processors of Powertools handle a FIFO batch side by side or take an unfinished message for done; without the
 * option one failure fails the batch-mates, which count a receive each time.
 */
export const fifoProcessor: WiringRule = ({ files, services }) =>
  services.flatMap(({ name, template }) =>
    eventSourcesOf(template).flatMap(({ owner, type, properties }) => {
      const queue = ofType(template, 'AWS::SQS::Queue').find(({ id }) => id === targetOf(at(properties, 'Queue')));
      if (type !== 'SQS' || at(queue?.properties, 'FifoQueue') !== true) return [];
      const path = handlerPath(name, owner.id);
      const code = files.get(path);
      const isRight = [/new SqsFifoPartialProcessorAsync\(\)/, /skipGroupOnError: true/].every((part) =>
        part.test(code ?? ''),
      );
      if (code === undefined || isRight) return [];
      const message = 'its queue is FIFO: use a new SqsFifoPartialProcessorAsync() with skipGroupOnError: true';
      return [{ file: path, id: owner.id, message }];
    }),
  );

/** Step Functions leaves an unknown name in the text, and a name that is given for nothing is a leftover. */
export const substitutions: WiringRule = ({ files, services }) =>
  services.flatMap(({ template }) =>
    definitionPathsOf(template).flatMap(({ id, path, substitutions: given }) => {
      const definition = files.get(path);
      if (definition === undefined) return [{ file: template.path, id, message: `write ${path}` }];
      const names = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
      const givenNames = entries(given).map(([name]) => name);
      return [
        ...[...names]
          .filter((name) => !givenNames.includes(name ?? ''))
          .map((name) => `set DefinitionSubstitutions.${name}`),
        ...givenNames
          .filter((name) => !names.has(name))
          .map((name) => `drop DefinitionSubstitutions.${name}: ${path} has none`),
      ].map((message) => ({ file: template.path, id, message }));
    }),
  );

const ENVIRONMENTS = ['local', 'prod'];

export const samconfigStage: WiringRule = ({ services }) =>
  services.flatMap(({ name, template, samconfig }) =>
    ENVIRONMENTS.flatMap((environment) => {
      const overrides = overridesOf(samconfig, environment);
      const wanted = new Map(
        consumedBy(template).map(({ parameter, path }) => [parameter, inStage(path, environment)]),
      );
      return [...wanted.set('Stage', environment)]
        .filter(([parameter, value]) => overrides.get(parameter) !== value)
        .map(([parameter, value]) => ({
          file: `services/${name}/samconfig.toml`,
          id: environment,
          message: `set ${parameter}=${value} in [${environment}.deploy.parameters] parameter_overrides`,
        }));
    }),
  );

/** A command's own setting, or that of all commands of the environment. */
function settingOf(samconfig: unknown, environment: string, command: string, key: string): unknown {
  const of = (table: string) => at(samconfig, `${environment}.${table}.parameters.${key}`);
  return of(command) ?? of('global');
}

function overridesOf(samconfig: unknown, environment: string): Map<string, string> {
  const written = items(settingOf(samconfig, environment, 'deploy', 'parameter_overrides')).join(' ');
  return new Map(
    [...written.matchAll(/([\w-]+)=("[^"]*"|\S*)/g)].map(([, key = '', value = '']) => [
      key,
      value.replaceAll('"', ''),
    ]),
  );
}

/** `sam deploy` takes what was built, unless it is told of a template: then it ships that one, with the source beside it. */
export const samconfigTemplate: WiringRule = ({ samconfigs }) =>
  [...samconfigs].flatMap(([file, samconfig]) =>
    entries(samconfig).flatMap(([environment, tables]) =>
      ['global', 'deploy']
        .filter((table) => at(tables, `${table}.parameters.template_file`) !== undefined)
        .map((table) => ({
          file,
          id: environment,
          message: `move template_file from [${environment}.${table}.parameters] to build: sam deploy would ship the source`,
        })),
    ),
  );

/** The dependency layer strips what our bundles carry, and its nested stack does not deploy on the local engine. */
export const samconfigSync: WiringRule = ({ services }) =>
  services.flatMap(({ name, samconfig }) =>
    ['default', ...ENVIRONMENTS]
      .filter((environment) => settingOf(samconfig, environment, 'sync', 'dependency_layer') !== false)
      .map((environment) => ({
        file: `services/${name}/samconfig.toml`,
        id: environment,
        message: `set dependency_layer = false in [${environment}.sync.parameters]`,
      })),
  );
