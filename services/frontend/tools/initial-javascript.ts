import { gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/** What a first visit may load of JavaScript before it shows anything, in bytes after gzip. */
export const maxInitialBytes = 150_000;

/** The bundles that the page loads at once: the entry and all that it imports, and what that imports. */
export function initialJavaScript(bundle: Rolldown.OutputBundle): { fileName: string; gzipBytes: number }[] {
  const chunks = new Map(
    Object.values(bundle).flatMap((each) => (each.type === 'chunk' ? [[each.fileName, each]] : [])),
  );
  const waiting = [...chunks.values()].filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName);
  const found = new Map<string, number>();
  for (const fileName of waiting) {
    const chunk = chunks.get(fileName);
    if (!chunk || found.has(fileName)) continue;
    found.set(fileName, gzipSync(chunk.code).length);
    waiting.push(...chunk.imports);
  }
  return [...found].map(([fileName, gzipBytes]) => ({ fileName, gzipBytes }));
}

/** Says at each build how much it is, and refuses to build too much. */
export function initialJavaScriptBudget(): Plugin {
  return {
    name: 'initial-javascript-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = initialJavaScript(bundle);
      const bytes = files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
      const told = `${(bytes / 1000).toFixed(1)} of ${maxInitialBytes / 1000} KB gzip, ${files.length} files`;
      this.info(`initial JavaScript: ${told}`);
      if (bytes > maxInitialBytes) this.error(`The initial JavaScript is too much: ${told}`);
    },
  };
}
