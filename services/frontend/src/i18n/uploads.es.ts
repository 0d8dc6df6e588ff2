import type { Translation } from './catalogue.ts';
import type { messages as english } from './uploads.en.ts';

export const messages: Translation<typeof english> = {};
