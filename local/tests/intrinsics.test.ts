import { describe, expect, it } from 'vitest';
import { resolve, type StackContext } from '../src/intrinsics.ts';

const stack: StackContext = {
  stackName: 'happy-path-local-backend',
  stackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/happy-path-local-backend/uuid',
  parameters: { Stage: 'local', Origin: '' },
  resources: {
    GetFunction: { type: 'AWS::Lambda::Function', physicalId: 'get-1' },
    Pool: { type: 'AWS::Cognito::UserPool', physicalId: 'eu-west-1_x' },
    Topic: { type: 'AWS::SNS::Topic', physicalId: 'arn:topic' },
    Page: { type: 'AWS::SSM::Parameter', physicalId: '/page' },
  },
  definitions: {
    Page: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Value: { 'Fn::Join': ['', ['https://', { Ref: 'Stage' }, '.example']] } },
    },
  },
  conditions: {
    HasOrigin: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Origin' }, ''] }] },
    IsLocal: { 'Fn::Equals': [{ Ref: 'Stage' }, 'local'] },
    Both: { 'Fn::And': [{ Condition: 'HasOrigin' }, { Condition: 'IsLocal' }] },
    Either: { 'Fn::Or': [{ Condition: 'HasOrigin' }, { Condition: 'IsLocal' }] },
    Strange: { 'Fn::Contains': [] },
  },
};
const noValue = { Ref: 'AWS::NoValue' };

describe('resolve', () => {
  it.each([
    ['a parameter', { Ref: 'Stage' }, 'local'],
    ['an empty parameter', { Ref: 'Origin' }, ''],
    ['a resource', { Ref: 'Topic' }, 'arn:topic'],
    ['a pseudo parameter', { Ref: 'AWS::AccountId' }, '123456789012'],
    ['an attribute', { 'Fn::GetAtt': ['GetFunction', 'Arn'] }, 'arn:aws:lambda:eu-west-1:123456789012:function:get-1'],
    ['the value of an SSM parameter', { 'Fn::GetAtt': ['Page', 'Value'] }, 'https://local.example'],
    ['a Join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }]] }, 'a-local'],
    ['a Split', { 'Fn::Join': ['+', { 'Fn::Split': ['o', { Ref: 'Stage' }] }] }, 'l+cal'],
    ['a Select', { 'Fn::Select': [1, ['a', { Ref: 'Stage' }]] }, 'local'],
    ['a Sub', { 'Fn::Sub': `\${AWS::Region}/\${Pool}/\${!Literal}` }, `eu-west-1/eu-west-1_x/\${Literal}`],
    [
      'a Sub of an attribute',
      { 'Fn::Sub': `x:\${GetFunction.Arn}` },
      'x:arn:aws:lambda:eu-west-1:123456789012:function:get-1',
    ],
    ['a Sub with variables', { 'Fn::Sub': [`\${A}-\${Stage}`, { A: { Ref: 'Topic' } }] }, 'arn:topic-local'],
  ])('gives the value of %s', (_what, value, expected) => {
    expect(resolve({ in: [value] }, stack)).toEqual({ in: [expected] });
  });

  it.each([
    ['HasOrigin', 'no'],
    ['IsLocal', 'yes'],
    ['Both', 'no'],
    ['Either', 'yes'],
  ])('takes the branch of an If that condition %s selects', (condition, branch) => {
    expect(resolve({ 'Fn::If': [condition, 'yes', 'no'] }, stack)).toBe(branch);
  });

  it('leaves out what has no value: properties, list items, the whole', () => {
    const absent = { 'Fn::If': ['HasOrigin', 'there', noValue] };
    expect(resolve({ property: absent, list: ['kept', absent] }, stack)).toEqual({ list: ['kept'] });
    expect(resolve(absent, stack)).toBeUndefined();
  });

  it('does not evaluate the branch that is not taken', () => {
    expect(resolve({ 'Fn::If': ['IsLocal', 'yes', { Ref: 'Missing' }] }, stack)).toBe('yes');
  });

  it.each([
    ['function', { 'Fn::Length': ['a'] }, /Fn::Length is not supported/],
    ['condition function', { 'Fn::If': ['Strange', 1, 2] }, /Fn::Contains is not supported/],
    ['attribute', { 'Fn::GetAtt': ['Topic', 'TopicName'] }, /TopicName of AWS::SNS::Topic is not known/],
    ['name', { Ref: 'Missing' }, /nothing is called Missing/],
    ['name in a Sub', { 'Fn::Sub': `\${Missing}` }, /nothing is called Missing/],
    ['condition', { 'Fn::If': ['Missing', 1, 2] }, /no condition is called Missing/],
  ])('refuses an unknown %s', (_what, value, message) => {
    expect(() => resolve(value, stack)).toThrow(message);
  });
});
