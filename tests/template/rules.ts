import * as definitions from './asl.ts';
import { at, parseJson } from './json.ts';
import type { Repository } from './repository.ts';
import * as asynchronous from './rules/asynchronous.ts';
import * as functions from './rules/functions.ts';
import * as http from './rules/http.ts';
import * as operations from './rules/operations.ts';
import * as parameters from './rules/parameters.ts';
import * as permissions from './rules/permissions.ts';
import * as queues from './rules/queues.ts';
import * as references from './rules/references.ts';
import type { Rule } from './rules/rule.ts';
import * as storage from './rules/storage.ts';
import type { Template } from './sam-template.ts';
import * as wiring from './wiring.ts';
import * as workflows from './workflows.ts';

// Everything that these modules export is a rule, and its name there is the rule's name.

/** What each template must hold by itself. */
const TEMPLATE_RULES: Readonly<Record<string, Rule>> = {
  ...functions,
  ...asynchronous,
  ...queues,
  ...storage,
  ...permissions,
  ...http,
  ...operations,
  ...parameters,
  ...references,
};

/** What each state machine definition must hold. */
const DEFINITION_RULES: Readonly<Record<string, definitions.AslRule>> = { ...definitions };

/** What must hold between templates, definitions, handlers, samples and configuration. */
const WIRING_RULES: Readonly<Record<string, wiring.WiringRule>> = { ...wiring, ...workflows };

export const RULE_NAMES = [TEMPLATE_RULES, DEFINITION_RULES, WIRING_RULES].flatMap((rules) => Object.keys(rules));

/** One thing to change: at what, in which file (and line, where known), and how. */
export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly id: string;
  readonly line?: number | undefined;
  readonly message: string;
}

/** Everything in the repository that breaks a rule. */
export function check(repository: Repository): Violation[] {
  const { services, root } = repository;
  const templates = [...services.map(({ template }) => template), ...(root === undefined ? [] : [root])];
  return [
    ...templates.flatMap(checkTemplate),
    ...checkDefinitions(repository),
    ...Object.entries(WIRING_RULES).flatMap(([rule, run]) => run(repository).map((found) => ({ rule, ...found }))),
  ];
}

function checkTemplate(template: Template): Violation[] {
  return Object.entries(TEMPLATE_RULES).flatMap(([rule, run]) =>
    run(template).map(({ id, message }) => {
      const [resource = id] = id.split('.');
      return {
        rule,
        file: template.path,
        id,
        line: template.lineOf(at(template.body, 'Resources'), resource),
        message,
      };
    }),
  );
}

function checkDefinitions({ files }: Repository): Violation[] {
  return [...files]
    .filter(([path]) => path.startsWith('statemachines/'))
    .flatMap(([file, source]) => {
      const definition = parseJson(file, source);
      return Object.entries(DEFINITION_RULES).flatMap(([rule, run]) =>
        run(definition).map((found) => ({ rule, file, ...found })),
      );
    });
}
