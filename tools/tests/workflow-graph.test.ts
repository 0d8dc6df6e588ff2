import { describe, expect, it } from 'vitest';
import { diagramOf, type Machine, withDiagram } from '../workflow-graph.ts';

const end = { Type: 'Succeed' };

/** The lines between the first one and the styles. */
function drawn(states: Machine['States'], startAt = 'First'): string[] {
  const lines = diagramOf({ StartAt: startAt, States: states }).split('\n');
  return lines.slice(1).filter((line) => !line.includes('classDef'));
}

describe('a diagram', () => {
  it('shows where a machine starts and ends', () => {
    expect(drawn({ First: { Type: 'Pass', Next: 'Last' }, Last: { Type: 'Wait', End: true } })).toEqual([
      '  First["First<br>pass"]',
      '  Last["Last<br>wait"]',
      '  start((" ")) --> First',
      '  First --> Last',
      '  Last --> endOfLast(((" ")))',
    ]);
  });

  it.each([
    ['a function', 'lambda:invoke', '["First<br>function tell-all"]'],
    ['DynamoDB', 'dynamodb:updateItem', '[("First<br>DynamoDB UpdateItem")]'],
    ['another service', 'sqs:sendMessage', '["First<br>sqs SendMessage"]'],
  ])('says what a task is made of: %s', (_what, call, shape) => {
    const Resource = `arn:\${Partition}:states:::${call}`;
    const Arguments = call === 'lambda:invoke' ? { FunctionName: `\${TellAllFunctionArn}` } : {};
    expect(drawn({ First: { Type: 'Task', Resource, Arguments, End: true } })[0]).toBe(`  First${shape}`);
  });

  it.each([
    ['Choice', '{"First"}'],
    ['Succeed', '(["First"])'],
    ['Fail', '(["First"]):::fault'],
  ])('gives %s a shape of its own', (Type, shape) => {
    expect(drawn({ First: { Type } })[0]).toBe(`  First${shape}`);
  });

  it.each([
    [
      'by the texts that one value is compared with',
      [`$states.input.outcome = 'YES'`, `$states.input.outcome = 'NO'`],
      ['YES', 'NO'],
    ],
    [
      'in short where values differ',
      [`$kind = 'park'`, '$states.input.size > 100'],
      [`kind = 'park'`, 'size #gt; 100'],
    ],
    [
      'cut where they are long',
      [`$exists($place.opens) and $place.opens.from < $now()`, '$a'],
      ['exists(place.opens) and place.opens.fro…', 'a'],
    ],
  ])('tells the ways of a choice apart %s', (_how, conditions, labels) => {
    const Choices = conditions.map((Condition, index) => ({ Condition: `{% ${Condition} %}`, Next: `Way${index}` }));
    const lines = drawn({ First: { Type: 'Choice', Choices, Default: 'Other' }, Way0: end, Way1: end, Other: end });
    expect(lines.slice(5)).toEqual([
      ...labels.map((label, index) => `  First -->|"${label}"| Way${index}`),
      '  First -->|"otherwise"| Other',
    ]);
  });

  it('draws two ways to one state as one arrow', () => {
    const Choices = [`{% $a = 'x' %}`, `{% $a = 'y' %}`].map((Condition) => ({ Condition, Next: 'Last' }));
    expect(drawn({ First: { Type: 'Choice', Choices }, Last: end })).toContain('  First -->|"x or y"| Last');
  });

  it('draws an error as a dashed arrow, by its name without the service', () => {
    const Catch = [{ ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'], Next: 'Last' }];
    expect(drawn({ First: { Type: 'Task', Next: 'Other', Catch }, Last: end, Other: end })).toContain(
      '  First -.->|"ConditionalCheckFailed"| Last',
    );
  });

  it('draws a state that an error leads on from as a plain step', () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Last' }];
    expect(drawn({ First: { Type: 'Task', Next: 'Last', Catch }, Last: end })).toContain(
      '  First -->|"after any error too"| Last',
    );
  });

  describe('of tasks that send every error to one state', () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Fault' }];
    const task = (Next: string) => ({ Type: 'Task', Next, Catch });
    const dashed = (states: Machine['States']) => drawn(states).filter((line) => line.includes('-.->'));
    const three = { First: task('Second'), Second: task('Third'), Third: task('Last'), Last: end, Fault: end };

    it('has one arrow for all', () => {
      expect(dashed(three)).toEqual(['  caughtByFault["any other task"]:::caught -.->|"any error"| Fault']);
    });

    it('names them when there are others', () => {
      expect(dashed({ ...three, Last: { Type: 'Task', End: true } })).toEqual([
        '  caughtByFault["First, Second, Third"]:::caught -.->|"any error"| Fault',
      ]);
    });

    it('has an arrow for each of two', () => {
      expect(dashed({ First: task('Second'), Second: task('Last'), Last: end, Fault: end })).toEqual([
        '  First -.->|"any error"| Fault',
        '  Second -.->|"any error"| Fault',
      ]);
    });
  });

  it('draws what a Map or a Parallel runs inside it', () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
    expect(
      drawn({
        First: { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], Next: 'Each' },
        Each: { Type: 'Map', ItemProcessor: branch('Item'), End: true },
      }),
    ).toEqual([
      '  subgraph First["First: side by side"]',
      '    Left["Left<br>pass"]',
      '    startOfFirst1((" ")) --> Left',
      '    Left --> endOfLeft(((" ")))',
      '    Right["Right<br>pass"]',
      '    startOfFirst2((" ")) --> Right',
      '    Right --> endOfRight(((" ")))',
      '  end',
      '  subgraph Each["Each: for each item"]',
      '    Item["Item<br>pass"]',
      '    startOfEach1((" ")) --> Item',
      '    Item --> endOfItem(((" ")))',
      '  end',
      '  start((" ")) --> First',
      '  First --> Each',
      '  Each --> endOfEach(((" ")))',
    ]);
  });

  it('takes names that are words of Mermaid, or have spaces', () => {
    expect(drawn({ end: { Type: 'Pass', Next: 'Go home' }, 'Go home': end }, 'end')).toEqual([
      '  _end["end<br>pass"]',
      '  Go_home(["Go home"])',
      '  start((" ")) --> _end',
      '  _end --> Go_home',
    ]);
  });
});

describe('a README', () => {
  const workflow = { name: 'v1', service: 'workflow-v1', machine: { StartAt: 'First', States: { First: end } } };

  it('gets the diagram under its heading', () => {
    const readme = withDiagram('# A\n\n## Diagram\n\nText.\n', workflow);
    expect(readme).toMatch(/^# A\n\n## Diagram\n\n<!-- workflow-graph: .* -->\n\n```mermaid\nflowchart TD\n/);
    expect(readme).toMatch(/<!-- \/workflow-graph -->\n\nText\.\n$/);
  });

  it('has the last diagram replaced, wherever it stands', () => {
    const old = 'Text.\n\n<!-- workflow-graph: x -->\nold\n<!-- /workflow-graph -->\n\n## API\n';
    const readme = withDiagram(`## Diagram\n\n${old}`, workflow);
    expect(readme).not.toContain('old');
    expect(readme).toMatch(/^## Diagram\n\nText\.\n\n<!-- workflow-graph: /);
    expect(withDiagram(readme, workflow)).toBe(readme);
  });

  it('without the heading stays as it is', () => {
    expect(withDiagram('# A\n', workflow)).toBe('# A\n');
  });
});
