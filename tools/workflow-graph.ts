/** Draws each state machine: in docs/workflows.md, and under `## Diagram` in the README of the service that runs it. */

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { handlerName } from './handler-file.ts';

/** What of the Amazon States Language is drawn. */
interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName?: string };
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Branches?: readonly Scope[];
  readonly ItemProcessor?: Scope;
}

/** A machine, a branch of a Parallel, or what a Map runs for each item. */
interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Machine extends Scope {
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
}

/** A machine under the name of its file, and the service whose template points at it. */
interface Workflow {
  readonly name: string;
  readonly service: string | undefined;
  readonly machine: Machine;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly isError: boolean;
}

/** More Catches than these that lead to one state are drawn as one arrow. */
const MOST_ARROWS = 2;
const LONGEST_LABEL = 40;
const ANY_ERROR = 'any error';

const STYLES = ['classDef fault stroke:#d33', 'classDef caught stroke-dasharray:4'];

/** A Mermaid flowchart of a machine. */
export function diagramOf(machine: Machine): string {
  return ['flowchart TD', ...[...linesOf(machine, 'start'), ...STYLES].map((line) => `  ${line}`)].join('\n');
}

function linesOf(scope: Scope, start: string): string[] {
  const states = Object.entries(scope.States);
  const ends = states.filter(([, { End }]) => End === true).map(([name]) => name);
  return [
    ...states.flatMap(([name, state]) => nodeOf(name, state)),
    `${start}((" ")) --> ${idOf(scope.StartAt)}`,
    ...arrowsOf(states),
    ...ends.map((name) => `${idOf(name)} --> endOf${idOf(name)}(((" ")))`),
  ];
}

function nodeOf(name: string, state: State): string[] {
  const id = idOf(name);
  const inner = innerOf(state);
  if (inner.length > 0) {
    const nested = inner.flatMap((scope, index) => linesOf(scope, `startOf${id}${index + 1}`));
    return [`subgraph ${id}["${quoted(`${name}: ${kindOf(state)}`)}"]`, ...nested.map((line) => `  ${line}`), 'end'];
  }
  const text = quoted(name);
  if (state.Type === 'Choice') return [`${id}{"${text}"}`];
  if (state.Type === 'Succeed') return [`${id}(["${text}"])`];
  if (state.Type === 'Fail') return [`${id}(["${text}"]):::fault`];
  const label = `${text}<br>${quoted(kindOf(state))}`;
  return [kindOf(state).startsWith('DynamoDB') ? `${id}[("${label}")]` : `${id}["${label}"]`];
}

function innerOf({ Branches = [], ItemProcessor }: State): readonly Scope[] {
  return ItemProcessor === undefined ? Branches : [ItemProcessor];
}

/** What a state is made of: a function, a call of an AWS service, or a step of the machine itself. */
function kindOf({ Type, Resource = '', Arguments }: State): string {
  if (Type === 'Parallel') return 'side by side';
  if (Type === 'Map') return 'for each item';
  if (Type !== 'Task') return Type.toLowerCase();
  const logicalId = /\$\{(\w+Function)Arn\}/.exec(`${Resource} ${Arguments?.FunctionName}`)?.[1];
  if (logicalId !== undefined) return `function ${handlerName(logicalId)}`;
  const [service = '', call = ''] = Resource.split(':').slice(-2);
  return `${service === 'dynamodb' ? 'DynamoDB' : service} ${call.replace(/^[a-z]/, (letter) => letter.toUpperCase())}`;
}

/** The arrows between states. Most tasks send all that goes wrong to one state: that is drawn once. */
function arrowsOf(states: [string, State][]): string[] {
  const edges = states.flatMap(([name, state]) => edgesOf(name, state));
  const fallbacks = edges.filter(({ isError, label }) => isError && label === ANY_ERROR);
  const fromsOf = (target: string) => fallbacks.filter(({ to }) => to === target).map(({ from }) => from);
  const common = [...new Set(fallbacks.map(({ to }) => to))].filter((to) => fromsOf(to).length > MOST_ARROWS);
  return [
    ...edges.filter((edge) => !fallbacks.includes(edge) || !common.includes(edge.to)).map(arrowOf),
    ...common.map((to) => {
      const froms = fromsOf(to);
      const isEvery = states.every(([name, { Type }]) => Type !== 'Task' || name === to || froms.includes(name));
      const text = isEvery ? 'any other task' : froms.join(', ');
      return `caughtBy${idOf(to)}["${quoted(text)}"]:::caught -.->|"${ANY_ERROR}"| ${idOf(to)}`;
    }),
  ];
}

function edgesOf(from: string, state: State): Edge[] {
  const choices = state.Choices ?? [];
  const labels = conditionLabels(choices.map(({ Condition }) => Condition));
  const steps = [
    ...choices.map(({ Next }, index) => ({ to: Next, label: labels[index] ?? '', isError: false })),
    ...(state.Default === undefined ? [] : [{ to: state.Default, label: 'otherwise', isError: false }]),
    ...(state.Next === undefined ? [] : [{ to: state.Next, label: '', isError: false }]),
    ...(state.Catch ?? []).map(({ ErrorEquals, Next }) => ({
      to: Next,
      label: errorLabel(ErrorEquals),
      isError: true,
    })),
  ];
  return [...new Set(steps.map(({ to }) => to))].map((to) => {
    const same = steps.filter((step) => step.to === to);
    const isError = same.every((step) => step.isError);
    const label = same.map((step) => (step.isError && !isError ? `after ${step.label} too` : step.label));
    return { from, to, label: label.filter((text) => text !== '').join(' or '), isError };
  });
}

/** Conditions that compare one value with texts are told apart by the texts; others are shortened. */
function conditionLabels(conditions: readonly string[]): string[] {
  const plain = conditions.map((condition) => condition.replace(/^\{%\s*|\s*%\}$/g, '').replace(/\s+/g, ' '));
  const compared = plain.map((condition) => /^(\S+) = '([^']*)'$/.exec(condition));
  const subjects = new Set(compared.map((match) => match?.[1]));
  if (subjects.size === 1 && !subjects.has(undefined)) return compared.map((match) => match?.[2] ?? '');
  return plain
    .map((condition) => condition.replace(/\$states\.(input|context)\.|\$(?=[a-zA-Z])/g, ''))
    .map((label) => (label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label));
}

function errorLabel(errors: readonly string[]): string {
  if (errors.includes('States.ALL')) return ANY_ERROR;
  return errors.map((error) => error.replace(/^\w+\./, '').replace(/Exception$/, '')).join(' or ');
}

function arrowOf({ from, to, label, isError }: Edge): string {
  const text = label === '' ? '' : `|"${quoted(label)}"|`;
  return `${idOf(from)} ${isError ? '-.->' : '-->'}${text} ${idOf(to)}`;
}

/** A name that Mermaid takes as a node's; words such as `end` and `style` are its own. */
function idOf(name: string): string {
  const id = name.replace(/\W/g, '_');
  return /^[A-Z]/.test(id) ? id : `_${id}`;
}

function quoted(text: string): string {
  return text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}

/** docs/workflows.md: how the workflows differ, what each state does, and a diagram of each. */
function pageOf(workflows: readonly Workflow[]): string {
  const names = workflows.map(({ name }) => name);
  // The newest has most states, in the order of its steps.
  const states = [...workflows].reverse().flatMap(({ name, machine }) =>
    statesOf(machine).map(([state, definition]) => ({
      key: [state, kindOf(definition), definition.Comment ?? ''],
      name,
    })),
  );
  const rows = new Map(states.map(({ key }) => [key.join('\n'), key]));
  const isIn = (row: string, name: string) => states.some((one) => one.name === name && one.key.join('\n') === row);
  return `# Workflows

<!-- Written by make workflow-graph from statemachines/*.asl.json: change those, and run it again. -->

Each is a service of its own, and one of them is active: the one that new photos go to.

${table([
  ['workflow', 'what it does', 'takes at most'],
  ...workflows.map(({ name, service, machine }) => [
    `[${service ?? name}](#${service ?? name})`,
    aboutOf(name, machine),
    limitOf(machine),
  ]),
])}

## States

A state is the same in every workflow that has it, apart from where it leads.

${table([
  ['state', 'kind', 'what it is for', ...names],
  ...[...rows].map(([row, [state = '', kind = '', comment = '']]) => [
    state,
    kind,
    comment,
    ...names.map((name) => (isIn(row, name) ? 'x' : '')),
  ]),
])}

## Diagrams

A cylinder is a call of DynamoDB, without a function. A dashed arrow is an error that its state's retries did not overcome.
${workflows.map(sectionOf).join('')}`;
}

function sectionOf({ name, service, machine }: Workflow): string {
  const links = [`[definition](../statemachines/${name}.asl.json)`];
  if (service !== undefined) links.unshift(`[service](../services/${service}/README.md)`);
  return `
### ${service ?? name}

${aboutOf(name, machine)} (${links.join(', ')})

${fenced(machine)}
`;
}

/** Its Comment without the name that it begins with. */
function aboutOf(name: string, { Comment = '' }: Machine): string {
  const about = Comment.startsWith(`${name}: `) ? Comment.slice(name.length + 2) : Comment;
  return about.replace(/^./, (letter) => letter.toUpperCase());
}

function limitOf({ TimeoutSeconds }: Machine): string {
  if (TimeoutSeconds === undefined) return '';
  const seconds = TimeoutSeconds % 60;
  return `${Math.floor(TimeoutSeconds / 60)} min${seconds === 0 ? '' : ` ${seconds} s`}`;
}

/** Every state, those of branches and of items included. */
function statesOf(scope: Scope): [string, State][] {
  return Object.entries(scope.States).flatMap(([name, state]): [string, State][] => [
    [name, state],
    ...innerOf(state).flatMap(statesOf),
  ]);
}

function fenced(machine: Machine): string {
  return `\`\`\`mermaid\n${diagramOf(machine)}\n\`\`\``;
}

/** Aligned as Biome does, whose columns are three wide or more. */
function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

const BLOCK = /<!-- workflow-graph[\s\S]*?<!-- \/workflow-graph -->/;

/** A README with the diagram in its place: where the last one was, or else right under the heading `## Diagram`. */
export function withDiagram(readme: string, { name, machine }: Workflow): string {
  const block = `<!-- workflow-graph: written by make workflow-graph from statemachines/${name}.asl.json -->

${fenced(machine)}

A cylinder is a call of DynamoDB; a dashed arrow is an error after its retries. What each state is for, and how the
workflows differ: [docs/workflows.md](../../docs/workflows.md).

<!-- /workflow-graph -->`;
  if (BLOCK.test(readme)) return readme.replace(BLOCK, () => block);
  return readme.replace(/^## Diagram\n/m, (heading) => `${heading}\n${block}\n`);
}

/** What is written, by its path from the repository's root. */
export function workflowFiles(root: string): Map<string, string> {
  const services = globSync('services/*/template.yaml', { cwd: root }).map((path) => ({
    name: path.split(/[\\/]/)[1] ?? '',
    template: readFileSync(join(root, path), 'utf8'),
  }));
  const workflows = globSync('statemachines/*.asl.json', { cwd: root })
    .sort()
    .map((path): Workflow => {
      const file = basename(path);
      return {
        name: file.replace('.asl.json', ''),
        service: services.find(({ template }) => template.includes(`DefinitionUri: ../../statemachines/${file}`))?.name,
        machine: JSON.parse(readFileSync(join(root, path), 'utf8')),
      };
    });
  const readmes = workflows
    .map((workflow) => ({ workflow, path: `services/${workflow.service}/README.md` }))
    .filter(({ path }) => existsSync(join(root, path)))
    .map(({ workflow, path }): [string, string] => [
      path,
      withDiagram(readFileSync(join(root, path), 'utf8'), workflow),
    ]);
  return new Map([['docs/workflows.md', pageOf(workflows)], ...readmes]);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  for (const [path, text] of workflowFiles(root)) {
    writeFileSync(join(root, path), text);
    console.log(path);
  }
}
