import { isDeepStrictEqual } from 'node:util';
import { statesIn } from './asl-states.ts';
import { at, entries, items, objectsIn, parseJson } from './json.ts';
import { definitionPathsOf, type Service } from './repository.ts';
import { functionsOf, numberOf, stateMachinesOf, targetOf } from './sam-template.ts';
import { consumedBy, producedBy } from './ssm.ts';
import type { WiringRule } from './wiring.ts';

// What holds for the services that run a state machine, whatever the repository calls them.

/** The names under which the backend publishes what a workflow may know of it. */
const KNOWN = ['table-name', 'table-arn', 'event-bus-name', 'upload-bucket', 'distribution-bucket'];
const TASKS = '@happy-path/photo-tasks';

function workflowsOf(services: readonly Service[]): Service[] {
  return services.filter(({ template }) => stateMachinesOf(template).length > 0);
}

/** ASL has no includes: a state that several definitions have is a copy, and differs only in where it leads. */
export const sameState: WiringRule = ({ files }) => {
  const known = new Map<string, { file: string; copy: Record<string, unknown> }>();
  return [...files]
    .filter(([path]) => path.startsWith('statemachines/'))
    .flatMap(([file, source]) => statesIn(parseJson(file, source)).map((found) => ({ file, ...found })))
    .flatMap(({ file, name, state }) => {
      const copy = withoutTargets(state);
      const first = known.get(name) ?? { file, copy };
      known.set(name, first);
      const keys = Object.keys({ ...first.copy, ...copy });
      const differing = keys.filter((key) => !isDeepStrictEqual(first.copy[key], copy[key]));
      if (differing.length === 0) return [];
      const message = `${differing.join(', ')} must be as in ${first.file}, or the state needs a name of its own`;
      return [{ file, id: name, message }];
    });
};

function withoutTargets({ Next, End, Default, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const steps = ['Choices', 'Catch'].filter((key) => key in rest);
  return { ...rest, ...Object.fromEntries(steps.map((key) => [key, items(rest[key]).map(withoutTarget)])) };
}

function withoutTarget(step: unknown): unknown {
  return Object.fromEntries(entries(step).filter(([key]) => key !== 'Next'));
}

/** What ties a workflow to the rest: these parameters of the service whose bus it listens to, and nothing else. */
export const workflowInputs: WiringRule = ({ services }) =>
  workflowsOf(services).flatMap(({ template }) => {
    const inputs = consumedBy(template).map(({ parameter, path }) => {
      const [service = '', name = ''] = path.split('/').slice(-2);
      return { parameter, service, name };
    });
    const backend = inputs.find(({ name }) => name === 'event-bus-name')?.service;
    const imports = template.resources.filter(({ attributes }) =>
      objectsIn(attributes).some((candidate) => 'Fn::ImportValue' in candidate),
    );
    return [
      ...inputs
        .filter(({ service, name }) => service !== backend || !KNOWN.includes(name))
        .map(({ parameter }) => parameter),
      ...imports.map(({ id }) => id),
    ].map((id) => ({ file: template.path, id, message: `a workflow reads only ${KNOWN.join(', ')} of the backend` }));
  });

/** What others may know of a workflow: its machine, whose input is the event and whose output is the table. */
export const workflowOutputs: WiringRule = ({ services }) =>
  workflowsOf(services).flatMap(({ name, template }) => {
    const wanted = `/happy-path/\${Stage}/${name}/state-machine-arn`;
    const isWanted = ({ path, value }: { path: string; value: unknown }) =>
      path === wanted && stateMachinesOf(template).some(({ id }) => id === targetOf(value));
    const outputs = producedBy(template);
    return [
      ...(outputs.some(isWanted) ? [] : [{ id: name, message: `publish the machine's ARN as ${wanted}` }]),
      ...outputs.filter((output) => !isWanted(output)).map(({ id }) => ({ id, message: `publish ${wanted} only` })),
    ].map((found) => ({ file: template.path, ...found }));
  });

/** A task that gives up before its function does starts a second one beside the first. */
export const taskOutlivesFunction: WiringRule = ({ files, services }) =>
  services.flatMap(({ template }) =>
    definitionPathsOf(template).flatMap(({ path, substitutions }) =>
      statesIn(parseJson(path, files.get(path) ?? '{}')).flatMap(({ name, state }) => {
        const [, substitution = ''] = /^\$\{(\w+)\}$/.exec(String(at(state, 'Arguments.FunctionName'))) ?? [];
        const id = targetOf(at(substitutions, substitution));
        const called = functionsOf(template).find((one) => one.id === id);
        const functionSeconds = numberOf(template, at(called?.properties, 'Timeout')) ?? 0;
        if (called === undefined || !(Number(state['TimeoutSeconds']) <= functionSeconds)) return [];
        const message = `set TimeoutSeconds above the ${functionSeconds} seconds that ${called.id} may take`;
        return [{ file: path, id: name, message }];
      }),
    ),
  );

/** The code of a task exists once, whichever workflows have it: a handler names it. */
export const workflowCode: WiringRule = ({ files, services }) =>
  workflowsOf(services).flatMap(({ name }) => {
    const source = `services/${name}/src/`;
    return [...files]
      .filter(([path]) => path.startsWith(source))
      .flatMap(([file, text]) => {
        const task = /^handlers\/([\w-]+)\.ts$/.exec(file.slice(source.length))?.[1];
        const wanted = `export { handler } from '${TASKS}/${task}';`;
        if (task !== undefined && text.trim() === wanted) return [];
        const message = task === undefined ? `move it to the package ${TASKS}` : `write only: ${wanted}`;
        return [{ file, id: task ?? 'source', message }];
      });
  });
