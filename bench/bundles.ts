import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { goal, heading, interleave, table } from './report.ts';

const rounds = 10;
const maxKilobytes = 450;
const root = path.resolve(import.meta.dirname, '..');

interface BuiltFunction {
  readonly service: string;
  readonly name: string;
  readonly bundle: string;
  readonly kilobytes: number;
}

/** The built functions against the same handlers bundled with esbuild's defaults: bytes, and time to import. */
export async function benchBundles(cacheFolder: string) {
  heading(
    `Bundles: built functions against esbuild's defaults; import times, median of ${rounds} fresh processes each`,
  );
  const functions = await builtFunctions();
  if (functions.length === 0) {
    console.log('no function is built, skipped: make build');
    return;
  }
  const sizes = functions.map(({ kilobytes }) => kilobytes);
  goal('bytes of a bundle (without image functions)', sizes, maxKilobytes, ' kB', 0);
  for (const { service, name, kilobytes } of functions) {
    if (kilobytes > maxKilobytes) console.log(`  over ${maxKilobytes} kB: ${service}/${name} ${kilobytes.toFixed(0)}`);
  }

  const folder = path.join(cacheFolder, 'bundles');
  const rows = [];
  const ratios = [];
  // The largest of each service stands for it: the others import less of the same.
  for (const [service, ofService] of Object.entries(Object.groupBy(functions, (built) => built.service))) {
    const largest = ofService?.toSorted((a, b) => b.kilobytes - a.kilobytes)[0];
    if (!largest) continue;
    console.log(`  ${service} ...`);
    const byDefault = await bundleByDefault(largest, path.join(folder, `${service}.mjs`));
    const env = await environmentOf(service);
    const times = await interleave(
      { ours: async () => importTime(largest.bundle, env), byDefault: async () => importTime(byDefault, env) },
      rounds,
    );
    ratios.push(times.ours / times.byDefault);
    rows.push([
      `${service}/${largest.name}`,
      largest.kilobytes.toFixed(0),
      ((await stat(byDefault)).size / 1000).toFixed(0),
      times.ours.toFixed(0),
      times.byDefault.toFixed(0),
      (times.ours / times.byDefault).toFixed(2),
    ]);
  }
  await rm(folder, { recursive: true });
  table(['largest of each service', 'kB', 'default kB', 'import ms', 'default ms', 'ratio'], rows);
  goal("import time / esbuild's defaults", ratios, 0.7, ' x');
}

/** All that is built, but for functions that bring node_modules along: there sharp's libraries are what is loaded. */
async function builtFunctions(): Promise<BuiltFunction[]> {
  const bundles = globSync('services/*/.aws-sam/build/*/*.mjs', { cwd: root }).map((bundle) => path.join(root, bundle));
  const ownCode = bundles.filter((bundle) => !existsSync(path.join(path.dirname(bundle), 'node_modules')));
  return Promise.all(
    ownCode.map(async (bundle) => ({
      service: path.relative(path.join(root, 'services'), bundle).split(path.sep)[0] ?? '',
      name: path.basename(bundle, '.mjs'),
      bundle,
      kilobytes: (await stat(bundle)).size / 1000,
    })),
  );
}

async function bundleByDefault({ service, name }: BuiltFunction, outfile: string): Promise<string> {
  await build({
    entryPoints: [path.join(root, 'services', service, 'src/handlers', `${name}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}

/** Handlers read their environment while they load: a value for every variable that the service's template names. */
async function environmentOf(service: string): Promise<Record<string, string>> {
  const template = await readFile(path.join(root, 'services', service, 'template.yaml'), 'utf8');
  const { Globals, Resources } = parse(template, { logLevel: 'silent' });
  const properties = Object.values<{ Properties?: WithVariables }>(Resources).map((resource) => resource.Properties);
  const variables = [Globals?.Function, ...properties].map((owner: WithVariables) => owner?.Environment?.Variables);
  const names = variables.flatMap((named) => Object.keys(named ?? {}));
  // Powertools' own settings keep their defaults; at 1, some of them print.
  const own = names.filter((name) => !name.startsWith('POWERTOOLS_'));
  return { ...Object.fromEntries(own.map((name) => [name, '1'])), LOG_LEVEL: 'INFO', AWS_REGION: 'eu-west-1' };
}

type WithVariables = { readonly Environment?: { readonly Variables?: object } } | undefined;

/** Milliseconds of the processor from the import to the handler. */
function importTime(bundle: string, env: Record<string, string>): number {
  const script =
    'const start = performance.now(); await import(process.argv[1]); console.log(performance.now() - start)';
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script, bundle], { env }));
}
