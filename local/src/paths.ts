import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const cache = join(root, '.cache');
/** Executables of the npm packages; Node 24 is one of them. */
export const nodeBin = join(root, 'node_modules', '.bin');
export const servicesFolder = join(root, 'services');
export const statesFolder = join(root, '.happy-path');
