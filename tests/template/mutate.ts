import { parseDocument } from 'yaml';
import type { Files } from './repository.ts';

/** Gives a changed copy of the files. */
export type Mutation = (files: Files) => Files;

/**
 * Changes to one file; paths are dotted, as in `Resources.Table.DeletionPolicy`.
 * Each throws an Error if there is nothing to change: a test with it could not fail.
 */
export function inFile(file: string) {
  const edit =
    (change: (source: string) => string, target = file): Mutation =>
    (files) => {
      const source = files.get(file);
      if (source === undefined) throw new Error(`${file} does not exist`);
      const result = change(source);
      if (result === source && target === file) throw new Error(`${file} stays as it is`);
      const rest = [...files].filter(([path]) => path !== file);
      return new Map([...rest, [target, result]]);
    };
  const editDocument = (change: (document: ReturnType<typeof parseDocument>) => void) =>
    edit((source) => {
      const document = parseDocument(source, { logLevel: 'error' });
      change(document);
      return file.endsWith('.json') ? JSON.stringify(document.toJSON()) : document.toString({ lineWidth: 0 });
    });
  return {
    set: (path: string, value: unknown) => editDocument((document) => document.setIn(path.split('.'), value)),
    unset: (path: string) =>
      editDocument((document) => {
        if (!document.deleteIn(path.split('.'))) throw new Error(`${file} has no ${path}`);
      }),
    swap: (from: string | RegExp, to: string) => edit((source) => source.replace(from, to)),
    move: (target: string) => edit((source) => source, target),
    copy:
      (target: string): Mutation =>
      (files) =>
        new Map([...files, ...edit((source) => source, target)(files)]),
  };
}
