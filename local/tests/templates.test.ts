import { describe, expect, it } from 'vitest';
import { deployOrder, parseTemplate } from '../src/templates.ts';

function service(name: string, { publishes = [], consumes = [] }: { publishes?: string[]; consumes?: string[] }) {
  const parameters = consumes.map(
    (path, index) => `  P${index}: {Type: 'AWS::SSM::Parameter::Value<String>', Default: ${path}}`,
  );
  const resources = publishes.map(
    (path, index) => `  R${index}: {Type: AWS::SSM::Parameter, Properties: {Name: !Sub '${path}', Value: x}}`,
  );
  const text = [
    'Parameters:',
    '  Stage: {Type: String}',
    ...parameters,
    'Resources:',
    '  T: {Type: AWS::SNS::Topic}',
    ...resources,
  ];
  return { name, template: parseTemplate(text.join('\n')) };
}

const published = (path: string) => `/happy-path/\${Stage}/${path}`;
const consumed = (path: string) => `/happy-path/dev/${path}`;

describe('deployOrder', () => {
  it('puts a service after every service whose parameters it consumes', () => {
    const groups = deployOrder([
      service('reviews', { consumes: [consumed('backend/site-url'), consumed('workflow/machine')] }),
      service('workflow', { consumes: [consumed('backend/site-url')], publishes: [published('workflow/machine')] }),
      service('backend', { publishes: [published('backend/site-url')] }),
    ]);
    expect(groups.map((group) => group.map(({ name }) => name))).toEqual([['backend'], ['workflow'], ['reviews']]);
  });

  it('groups services that need nothing of each other', () => {
    const groups = deployOrder([
      service('backend', { publishes: [published('backend/table')] }),
      service('one', { consumes: [consumed('backend/table')] }),
      service('two', { consumes: [consumed('backend/table')] }),
    ]);
    expect(groups.map((group) => group.map(({ name }) => name))).toEqual([['backend'], ['one', 'two']]);
  });

  it('lets a service consume what it publishes itself', () => {
    const groups = deployOrder([service('backend', { publishes: [published('a/b')], consumes: [consumed('a/b')] })]);
    expect(groups).toHaveLength(1);
  });

  it('names the services of a cycle, and only those', () => {
    const services = [
      service('free', {}),
      service('chicken', { consumes: [consumed('egg/id')], publishes: [published('chicken/id')] }),
      service('egg', { consumes: [consumed('chicken/id')], publishes: [published('egg/id')] }),
    ];
    expect(() => deployOrder(services)).toThrow(/: chicken, egg\.$/);
  });

  it('names a path that nobody publishes', () => {
    expect(() => deployOrder([service('reviews', { consumes: [consumed('backend/site-ulr')] })])).toThrow(
      'services/reviews consumes /happy-path/dev/backend/site-ulr, which no service publishes.',
    );
  });
});

describe('parseTemplate', () => {
  it('says where a template is not YAML', () => {
    expect(() => parseTemplate('Resources:\n  A: [b\n  C: d\n', 'services/x/template.yaml')).toThrow(
      /^services\/x\/template\.yaml: [^\n]+ \(line \d, column \d+\)$/,
    );
  });

  it('turns short forms into long ones, nested ones too', () => {
    const { Resources } = parseTemplate(`
      Resources:
        A:
          Type: T
          Properties:
            Name: !If [IsProd, !Sub '\${Stage}-x', !GetAtt B.Arn.Deep]
            Tags: !Join ['', [a, !Ref B]]
    `);
    expect(Resources['A']?.Properties).toEqual({
      Name: { 'Fn::If': ['IsProd', { 'Fn::Sub': `\${Stage}-x` }, { 'Fn::GetAtt': ['B', 'Arn.Deep'] }] },
      Tags: { 'Fn::Join': ['', ['a', { Ref: 'B' }]] },
    });
  });
});
