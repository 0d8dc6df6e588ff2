import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { aiState } from './ai.ts';
import { clientConfig } from './clients.ts';
import { connect } from './engine.ts';
import { isReady } from './engine-process.ts';
import { readRecord } from './engine-record.ts';
import { type Instance, instanceAt, type Place } from './instance.ts';
import { makeCommand } from './make-command.ts';
import { Stacks } from './stacks.ts';
import { deployConfig, readServices } from './templates.ts';

/** What runs, where, what is deployed and how much room the state takes. */
export async function statusOf(place: Place): Promise<string[]> {
  const size = `state     ${(await sizeOf(place.folder)).toFixed(1)} MB in .happy-path/${place.name}`;
  const record = readRecord(place);
  if (!record) return [`engine    ${place.name} does not run`, size];
  const instance = instanceAt(place, record.port, record.region);
  if (!(await isReady(instance)))
    return [`engine    ${place.name} is starting, or does not answer (${makeCommand('logs', instance)})`, size];
  const stacks = new Stacks(clientConfig(instance));
  const deployed = await Promise.all(
    readServices().map(async (service) => {
      const stack = await stacks.find(deployConfig(service, 'local').stackName);
      return `service   ${service.name.padEnd(16)} ${stack?.StackStatus ?? 'not deployed'}`;
    }),
  );
  const site = await connect({ instance: instance.name })
    .then(({ siteUrl }) => siteUrl)
    .catch(() => 'not deployed');
  return [
    `engine    ${instance.name} at ${instance.endpoint}, ${instance.region}, since ${record.startedAt}, supervisor ${record.pid}`,
    `ai        ${await aiLine(instance)}`,
    `page      ${site}`,
    ...deployed,
    size,
  ];
}

async function aiLine(instance: Instance): Promise<string> {
  const state = await aiState(instance);
  if (state) {
    const from = state.translates.filter((pair) => pair.endsWith('-en')).map((pair) => pair.slice(0, -'-en'.length));
    const translates = from.length > 0 ? `translates ${from.join(', ')} to en` : 'translates nothing without Apertium';
    return `${instance.aiEndpoint}, ${state.status}, ${translates}`;
  }
  return `does not run: ${makeCommand('logs', instance, { SERVICE: 'ai' })} says why, ${makeCommand('down up', instance)} starts it`;
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of glob('**/*', { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // The engine goes on writing: a file may be gone by now.
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes / 1024 ** 2;
}
