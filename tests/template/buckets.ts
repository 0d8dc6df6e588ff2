import { at, items } from './json.ts';
import { grantsOf } from './rules/rule.ts';
import { eventSourcesOf, functionsOf, mentionsOf, type Resource, type Template, targetOf } from './sam-template.ts';

export function isEventSource(template: Template, bucket: Resource): boolean {
  return at(bucket.properties, 'NotificationConfiguration') !== undefined || listenersOf(template, bucket).length > 0;
}

/** The functions that this bucket's events invoke. */
export function listenersOf(template: Template, bucket: Resource): Resource[] {
  const notified = mentionsOf(at(bucket.properties, 'NotificationConfiguration'));
  const subscribed = eventSourcesOf(template)
    .filter(({ type, properties }) => type === 'S3' && targetOf(at(properties, 'Bucket')) === bucket.id)
    .map(({ owner }) => owner.id);
  return functionsOf(template).filter(({ id }) => notified.has(id) || subscribed.includes(id));
}

/** The resources that a function or role may put objects to. */
export function objectWritesOf(writer: Resource): unknown[] {
  return grantsOf(writer)
    .filter(({ statement }) =>
      items(statement['Action']).some((action) => /^s3:(\*|Put\*|PutObject\*?)$/.test(String(action))),
    )
    .flatMap(({ statement }) => items(statement['Resource']));
}
