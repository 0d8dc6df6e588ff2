import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { at } from './json.ts';
import { parseRepository } from './repository.ts';
import { check } from './rules.ts';
import { ofType, parseTemplate } from './sam-template.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/job-events.md'), 'utf8');
const [, snippet = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
const path = 'services/example/template.yaml';
const source = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../services', name, 'template.yaml'), 'utf8');

test('to subscribe a queue to job events takes twenty lines', () => {
  const [subscribing = ''] = snippet.split('  # The queue itself.');
  const lines = subscribing.trimEnd().split('\n');
  expect(lines.filter((line) => !/^(Parameters|Resources):$/.test(line)).length).toBeLessThanOrEqual(20);
});

test('the consumer that the page shows is a FIFO queue that keeps every rule but those the page names', () => {
  const template = parseTemplate(path, snippet);
  const [subscription] = ofType(template, 'AWS::SNS::Subscription');
  expect(at(subscription?.properties, 'RawMessageDelivery')).toBe(true);
  const policies = ofType(template, 'AWS::SQS::QueuePolicy').map(({ id }) => id);
  expect([at(subscription?.attributes, 'DependsOn')]).toEqual(policies);
  for (const { properties } of ofType(template, 'AWS::SQS::Queue')) expect(at(properties, 'FifoQueue')).toBe(true);

  const producer = 'services/anti-corruption/template.yaml';
  const repository = parseRepository(
    new Map([
      [path, snippet],
      [producer, source('anti-corruption')],
    ]),
  );
  const broken = check(repository).filter(({ file, rule }) => file === path && !rule.startsWith('samconfig'));
  expect(new Set(broken.map(({ rule }) => rule))).toEqual(new Set(['queueTls', 'deadLetterAlarm', 'description']));
});
