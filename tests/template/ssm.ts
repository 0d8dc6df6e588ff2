import { at, entries } from './json.ts';
import { ofType, type Template } from './sam-template.ts';

/** The stage that parameter defaults stand for; samconfig.toml overrides them for every other one. */
export const DEFAULT_STAGE = 'dev';
export const SSM_TYPE = 'AWS::SSM::Parameter::Value<';

/** A stack parameter whose value CloudFormation reads from Parameter Store. */
export interface Consumed {
  readonly parameter: string;
  readonly path: string;
}

export function consumedBy(template: Template): Consumed[] {
  return entries(at(template.body, 'Parameters'))
    .filter(([, declared]) => String(at(declared, 'Type')).startsWith(SSM_TYPE))
    .map(([parameter, declared]) => ({ parameter, path: String(at(declared, 'Default')) }));
}

/** What a template writes to Parameter Store; the path has `${Stage}` in it. */
export function producedBy(template: Template): { id: string; path: string; value: unknown }[] {
  return ofType(template, 'AWS::SSM::Parameter').map(({ id, properties }) => ({
    id,
    path: String(at(properties, 'Name.Fn::Sub') ?? at(properties, 'Name')),
    value: at(properties, 'Value'),
  }));
}

/** The folder of a template is its service; the root template has none. */
export function serviceOf(templatePath: string): string | undefined {
  return /^services\/([^/]+)\/template\.yaml$/.exec(templatePath)?.[1];
}

/** The path that a default stands for in another stage. */
export function inStage(path: string, stage: string): string {
  return path.replace(`/${DEFAULT_STAGE}/`, `/${stage}/`);
}

/** The path that a default stands for, as its producer's template writes it. */
export function asProduced(path: string): string {
  return inStage(path, `\${Stage}`);
}
