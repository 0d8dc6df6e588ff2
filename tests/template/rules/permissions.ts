import { at, items, textsIn } from '../json.ts';
import type { Template } from '../sam-template.ts';
import { type Finding, grantsOf, type Rule, type Statement } from './rule.ts';

const BROAD_MANAGED_POLICY = /FullAccess|AdministratorAccess|PowerUserAccess/;

/** A key's own policy speaks of that key only, with the actions and the resource that AWS prescribes for it. */
function grantsIn(template: Template): Statement[] {
  return template.resources.filter(({ type }) => type !== 'AWS::KMS::Key').flatMap(grantsOf);
}

/** `*` and `s3:*` are never right; `s3:GetObject*` needs its reason beside it. */
export const wildcardAction: Rule = (template) =>
  grantsIn(template).flatMap(({ owner, statement }): Finding[] => {
    if ('NotAction' in statement) return [{ id: owner.id, message: 'list the Actions it needs in place of NotAction' }];
    return valuesOf(statement, 'Action').flatMap(({ text, holder, key }) => {
      const isWhole = text === '*' || text.endsWith(':*');
      if (!isWhole && (!text.includes('*') || template.isExplained(holder, key))) return [];
      const advice = isWhole ? 'list the actions it needs' : 'list the actions, or say why not in a comment beside it';
      return [{ id: owner.id, message: `Action ${text}: ${advice}` }];
    });
  });

/** Some calls take no resource; a comment on the line or the one above says which and why. */
export const wildcardResource: Rule = (template) =>
  grantsIn(template).flatMap(({ owner, statement }): Finding[] => {
    if ('NotResource' in statement) {
      return [{ id: owner.id, message: 'list the Resources it needs in place of NotResource' }];
    }
    return valuesOf(statement, 'Resource')
      .filter(({ text, holder, key }) => isAnyResource(text) && !template.isExplained(holder, key))
      .map(({ text }) => ({
        id: owner.id,
        message: `Resource ${text}: name it, or say why not in a comment beside it`,
      }));
  });

export const broadManagedPolicy: Rule = (template) =>
  template.resources.flatMap(({ id, properties }) =>
    [...items(at(properties, 'Policies')), ...items(at(properties, 'ManagedPolicyArns'))]
      .flatMap((policy) => (typeof policy === 'string' ? [policy] : textsIn(at(policy, 'Fn::Sub'))))
      .filter((name) => BROAD_MANAGED_POLICY.test(name))
      .map((name) => ({ id, message: `replace ${name} by statements with the actions and resources it needs` })),
  );

interface Located {
  readonly text: string;
  readonly holder: unknown;
  readonly key: string | number;
}

/** The texts of Action or Resource, each with the place it is written at. */
function valuesOf(statement: Record<string, unknown>, name: 'Action' | 'Resource'): Located[] {
  const value = statement[name];
  if (!Array.isArray(value)) return textsIn(value).map((text) => ({ text, holder: statement, key: name }));
  return value.flatMap((item, key) => textsIn(item).map((text) => ({ text, holder: value, key })));
}

/** `*`, or an ARN that leaves open the region, the account or everything of a kind, such as `table/*`. */
function isAnyResource(resource: string): boolean {
  const arn = resource.replaceAll(/\$\{[^}]*\}/g, '$');
  return arn === '*' || /^arn:[^:]*:[^:]*:(\*:|[^:]*:\*:|[^:]*:[^:]*:([\w-]+[/:])?\*$)/.test(arn);
}
