import { expect, test } from 'vitest';
import { at } from './json.ts';
import { mentionsOf, parseTemplate, targetOf } from './sam-template.ts';

const template = (source: string) => parseTemplate('template.yaml', source);

test('writes short tags in their long form, also within one another', () => {
  const { body } = template(
    `A: !If [IsProd, !GetAtt Queue.Arn, !Sub "\${Topic}-x"]\nB: !Ref Table\nC: !Not [!Equals [a, b]]`,
  );
  expect(body).toEqual({
    A: { 'Fn::If': ['IsProd', { 'Fn::GetAtt': 'Queue.Arn' }, { 'Fn::Sub': `\${Topic}-x` }] },
    B: { Ref: 'Table' },
    C: { 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] },
  });
});

test('follows YAML aliases', () => {
  expect(template('A: &a { X: 1 }\nB: *a').body).toEqual({ A: { X: 1 }, B: { X: 1 } });
});

test('refuses YAML that does not parse, naming the file', () => {
  expect(() => template('A: [')).toThrow('template.yaml');
});

test('adds Globals to the resources of their type: maps merge, lists join, the resource wins', () => {
  const { resources } = template(`
Globals:
  Function: { Timeout: 10, Layers: [a], Environment: { Variables: { A: 1, B: 1 } } }
Resources:
  One: { Type: AWS::Serverless::Function, Properties: { Timeout: 20, Layers: [b], Environment: { Variables: { B: 2 } } } }
  Two: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: 1 } }`);
  expect(resources.map(({ properties }) => properties)).toEqual([
    { Timeout: 20, Layers: ['a', 'b'], Environment: { Variables: { A: 1, B: 2 } } },
    { DelaySeconds: 1 },
  ]);
});

test('knows the line of a value and whether a comment explains it', () => {
  const { body, lineOf, isExplained } = template(`List:
  - '*' # a reason
  # a reason
  - '*'
  - '#'
Key: value`);
  const list = at(body, 'List');
  expect([0, 1, 2].map((index) => lineOf(list, index))).toEqual([2, 4, 5]);
  expect([0, 1, 2].map((index) => isExplained(list, index))).toEqual([true, true, false]);
  expect(lineOf(body, 'Key')).toBe(6);
});

test('finds what a value refers to', () => {
  const { body } = template(
    `A: [!Ref One, !GetAtt Two.Arn, !Sub "\${Three.Arn}/\${!Literal}/\${AWS::Region}"]\nB: !GetAtt [Four, Arn]`,
  );
  expect([...mentionsOf(body)]).toEqual(['One', 'Two', 'Three', 'AWS::Region', 'Four']);
  expect(targetOf(at(body, 'B'))).toBe('Four');
  expect(targetOf(at(body, 'A'))).toBeUndefined();
});
