/** The commands behind the Makefile: `node local/src/cli.ts <verb>`; `make help` lists them. */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { aiLogFile, installAi, translationAdvice } from './ai.ts';
import { deployToAws, publishToAws } from './aws.ts';
import { deleteServices } from './delete.ts';
import { runningInstance } from './engine.ts';
import { logFile, stopEngine } from './engine-process.ts';
import { describe, Failure } from './failure.ts';
import { findFunction, invokeFunction, logLines, readEvent, writeEnvironment } from './functions.ts';
import { instanceFrom, placeFrom } from './instance.ts';
import { mailLines, readMail } from './mail.ts';
import { makeCommand } from './make-command.ts';
import { root } from './paths.ts';
import { say, step } from './progress.ts';
import { pythonOf } from './python.ts';
import { redrive } from './redrive.ts';
import { interrupt } from './run.ts';
import { allSettled } from './settled.ts';
import { serveSources } from './site.ts';
import { statusOf } from './status.ts';
import { onTarget } from './target.ts';
import { build, selectServices, sync, up } from './up.ts';
import { validate } from './validate.ts';
import { useWorkflow } from './workflows.ts';

interface Options {
  service?: string | undefined;
  stage?: string | undefined;
  workflow?: string | undefined;
  'dry-run': boolean;
  function?: string | undefined;
  event?: string | undefined;
  follow: boolean;
}

/** What deploy and deploy-site mean without STAGE. */
const defaultStage = 'dev';

type Verb = (options: Options) => Promise<void>;

const verbs: Record<string, Verb> = {
  setup: async () => {
    await allSettled<unknown>([pythonOf('engine'), pythonOf('sam'), installAi()]);
    const advice = translationAdvice();
    if (advice) say(advice);
  },
  up: async () => {
    const instance = instanceFrom(process.env);
    await up(instance);
    for (const line of await statusOf(instance)) say(line);
  },
  down: async () => {
    const place = placeFrom(process.env);
    const stopped = await step(
      `stop the engine (${place.name})`,
      () => stopEngine(place),
      (ran) => (ran ? '' : 'it did not run'),
    );
    if (stopped) say(`Its state is kept; ${makeCommand('clean', place)} erases it.`);
  },
  status: async () => {
    for (const line of await statusOf(placeFrom(process.env))) console.log(line);
  },
  logs,
  mail,
  clean: async () => {
    const place = placeFrom(process.env);
    await stopEngine(place);
    await rm(place.folder, { recursive: true, force: true });
    say(`The state of ${place.name} is erased.`);
  },
  invoke,
  env: async (options) => {
    const instance = await runningInstance();
    const target = await findFunction(instance, options.function);
    const file = await writeEnvironment(instance, target);
    say(`${relative(root, file)} is written: sam local invoke ${target.logicalId} --env-vars env.json`);
  },
  sync: async (options) => sync(await runningInstance(), options.service),
  dev: async () => serveSources(await runningInstance()),
  demo: async () => {
    const { demo } = await import('./demo.ts');
    if (!(await demo())) process.exitCode = 1;
  },
  build: async (options) => {
    await build(selectServices(options.service));
  },
  validate,
  deploy: async ({ service, stage = defaultStage }) => deployToAws(selectServices(service), stage),
  'deploy-site': async ({ stage = defaultStage }) => publishToAws(stage),
  'use-workflow': async ({ stage, workflow }) => onTarget(stage, (target) => useWorkflow(target, workflow)),
  redrive: async ({ stage, service, 'dry-run': dryRun }) =>
    onTarget(stage, async (target) => {
      if (!(await redrive(target, service, dryRun))) process.exitCode = 1;
    }),
  delete: async ({ stage, service }) => onTarget(stage, (target) => deleteServices(target, service)),
};

const resumable = ['setup', 'up', 'demo', 'sync', 'build', 'validate'];

async function logs(options: Options): Promise<void> {
  if (!options.function) {
    const place = placeFrom(process.env);
    if (options.service && options.service !== 'ai')
      throw new Failure(`Logs of ${options.service} are by function: FUNCTION=<name>.`, {
        advice: `Without it: ${makeCommand('logs', place)} (the engine), ${makeCommand('logs', place, { SERVICE: 'ai' })}`,
      });
    const file = options.service ? aiLogFile(place) : logFile(place);
    const follow = options.follow ? ['-f'] : [];
    spawn('tail', ['-n', '200', ...follow, file], { stdio: 'inherit' });
    return;
  }
  const instance = await runningInstance();
  const target = await findFunction(instance, options.function);
  for await (const line of logLines(instance, target, options.follow)) console.log(line);
}

async function mail(): Promise<void> {
  const mails = await readMail(await runningInstance());
  if (mails.length === 0) say('No mail has come.');
  for (const line of mailLines(mails)) console.log(line);
}

async function invoke(options: Options): Promise<void> {
  const instance = await runningInstance();
  const target = await findFunction(instance, options.function);
  const event = await readEvent(target, options.event);
  const { payload, log, failed } = await invokeFunction(instance, target, event);
  console.error(log.trimEnd());
  console.log(payload);
  if (failed) process.exitCode = 1;
}

function readArguments(): [verb: string, options: Options] {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        service: { type: 'string' },
        stage: { type: 'string' },
        workflow: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        function: { type: 'string' },
        event: { type: 'string' },
        follow: { type: 'boolean', short: 'f', default: false },
      },
    });
    return [positionals[0] ?? '', values];
  } catch (cause) {
    throw new Failure(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

try {
  const [verb, options] = readArguments();
  const command = verbs[verb];
  if (!command) {
    throw new Failure(`There is no verb "${verb}".`, { advice: `There are: ${Object.keys(verbs).join(', ')}` });
  }
  // Those that go on where they were interrupted; the others may be left at any time.
  if (resumable.includes(verb)) process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  await command(options);
} catch (error) {
  console.error(describe(error));
  process.exit(1);
}
