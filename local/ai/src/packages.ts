import { createRequire } from 'node:module';

/** The packages of the models are installed apart from the repository's, and types are checked without them. */
export const require = createRequire(import.meta.url);

export const packages = {
  core: '@tensorflow/tfjs-core',
  layers: '@tensorflow/tfjs-layers',
  converter: '@tensorflow/tfjs-converter',
  wasm: '@tensorflow/tfjs-backend-wasm',
  moderation: 'nsfwjs/models/inception_v3',
  objects: '@vladmandic/human',
  language: 'eld/small',
  english: 'wink-sentiment',
  otherLanguages: 'multilang-sentiment',
};

/** Which packages are not installed. */
export function missingPackages(): string[] {
  return Object.values(packages).filter((name) => {
    try {
      import.meta.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}
