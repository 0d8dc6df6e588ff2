import { join } from 'node:path';
import { createTranslator } from '../ai/src/translator.ts';
import type { Instance, Place } from './instance.ts';
import { installPackages } from './own-packages.ts';
import { root } from './paths.ts';

const folder = join(root, 'local', 'ai');

/** What answers in the place of AWS's AI services. */
export const aiServer = join(folder, 'src', 'server.ts');

export const aiLogFile = (place: Place): string => join(place.folder, 'ai.log');

/** Installs the packages of the AI server: its models, about 200 MB. */
export const installAi = (): Promise<void> => installPackages(folder, 'the local AI models');

/** How to add what the AI server translates with, which is no package of npm; undefined when it is there. */
export function translationAdvice(missing = createTranslator().missing()): string | undefined {
  if (missing.length === 0) return undefined;
  return `Not all can be translated locally without Apertium. On Debian and Ubuntu: sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
}

export interface AiState {
  /** `warming` while it loads its models, then `ready`. */
  status: string;
  /** The pairs of languages it translates between: `es-en`. */
  translates: string[];
}

/** What the AI server says of itself; undefined when it does not run. */
export async function aiState({ aiEndpoint }: Instance): Promise<AiState | undefined> {
  try {
    const response = await fetch(`${aiEndpoint}/_local/health`, { signal: AbortSignal.timeout(2_000) });
    const { status, translates } = (await response.json()) as { [Member in keyof AiState]?: unknown };
    if (!response.ok || typeof status !== 'string' || !Array.isArray(translates)) return undefined;
    return { status, translates };
  } catch {
    return undefined;
  }
}
