import { join } from 'node:path';
import type { Instance, Place } from './instance.ts';
import { installPackages } from './own-packages.ts';
import { root } from './paths.ts';

const folder = join(root, 'local', 'ai');

/** What answers in the place of AWS's AI services. */
export const aiServer = join(folder, 'src', 'server.ts');

export const aiLogFile = (place: Place): string => join(place.folder, 'ai.log');

/** Installs the packages of the AI server: its models, about 200 MB. */
export const installAi = (): Promise<void> => installPackages(folder, 'the local AI models');

/** What the AI server says of itself: `warming` while it loads its models, then `ready`; undefined when it does not run. */
export async function aiState({ aiEndpoint }: Instance): Promise<string | undefined> {
  try {
    const response = await fetch(`${aiEndpoint}/_local/health`, { signal: AbortSignal.timeout(2_000) });
    const { status } = (await response.json()) as { status?: unknown };
    return response.ok && typeof status === 'string' ? status : undefined;
  } catch {
    return undefined;
  }
}
