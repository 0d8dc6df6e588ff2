import { textsIn } from '../json.ts';
import { producedBy, SSM_TYPE, serviceOf } from '../ssm.ts';
import type { Finding, Rule } from './rule.ts';

const NAME = '[a-z0-9]+(?:-[a-z0-9]+)*';

export const ssmName: Rule = (template) => {
  const name = new RegExp(`^/happy-path/\\$\\{Stage\\}/${serviceOf(template.path)}/${NAME}$`);
  return producedBy(template)
    .filter(({ path }) => !name.test(path))
    .map(({ id }) => ({ id, message: `set Name: !Sub /happy-path/\${Stage}/${serviceOf(template.path)}/<name>` }));
};

/** Whatever a stack writes it writes again, so a deployment would switch back whoever has switched workflows. */
export const ssmSwitch: Rule = (template) =>
  producedBy(template)
    .filter(({ path }) => path.endsWith('/active-workflow'))
    .map(({ id }) => ({ id, message: 'drop it: active-workflow is created by its first reader, no stack owns it' }));

/** Neither the wiring test nor samconfig.toml sees a path that is resolved in place. */
export const ssmInPlace: Rule = (template) =>
  template.resources.flatMap(({ id, attributes }): Finding[] =>
    textsIn(attributes).some((text) => text.includes('{{resolve:ssm:'))
      ? [{ id, message: `declare a parameter of type ${SSM_TYPE}String> in place of {{resolve:ssm:...}}` }]
      : [],
  );
