/**
 * Bundles one function: `node bundle.ts <LogicalId> <artifacts folder>`, in the service's folder.
 *
 * The AWS SDK is part of the bundle, so that what is tested is what runs, and a cold start reads one file.
 */
import { constants } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { handlerName } from './handler-file.ts';
import { sharpModules } from './sharp.ts';

/** esbuild has already said what is wrong, and where: a stack of ours would only hide it. */
function leave(error: unknown): never {
  if (error instanceof Error && 'errors' in error) process.exit(1);
  throw error;
}

const [logicalId, artifacts] = process.argv.slice(2);
if (!logicalId || !artifacts) throw new Error('usage: node bundle.ts <LogicalId> <artifacts folder>');

const name = handlerName(logicalId);
const { metafile } = await build({
  entryPoints: [`src/handlers/${name}.ts`],
  outfile: join(artifacts, `${name}.mjs`),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  external: ['sharp'],
  alias: { '@aws-sdk/credential-provider-node': join(import.meta.dirname, 'lambda-credentials.ts') },
  // CommonJS packages inside the bundle call require() for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
}).catch(leave);

const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
if (imports.some(({ path, external }) => external && path === 'sharp')) {
  const here = import.meta.dirname;
  const modules = await sharpModules(join(here, 'sharp'), join(here, '..', '.cache', 'sharp'));
  await cp(modules, join(artifacts, 'node_modules'), { recursive: true, mode: constants.COPYFILE_FICLONE });
}
