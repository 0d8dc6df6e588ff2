import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inputHash } from '../src/build.ts';

const files = {
  'package-lock.json': '{}',
  'services/backend/template.yaml': 'Resources: {}',
  'services/backend/src/handlers/get.ts': 'export {}',
  'services/other/src/handlers/get.ts': 'export {}',
  'shared/photos/src/photo.ts': 'export {}',
  'statemachines/v1.asl.json': '{}',
  'tools/bundle.ts': 'export {}',
};

let repository: string;
const service = () => join(repository, 'services', 'backend');
const write = async (file: string, content: string) => {
  await mkdir(dirname(join(repository, file)), { recursive: true });
  await writeFile(join(repository, file), content);
};

beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'happy-path-hash-'));
  for (const [file, content] of Object.entries(files)) await write(file, content);
});
afterEach(() => rm(repository, { recursive: true }));

describe('inputHash', () => {
  it.each([
    'package-lock.json',
    'services/backend/template.yaml',
    'services/backend/src/handlers/get.ts',
    'shared/photos/src/photo.ts',
    'statemachines/v1.asl.json',
    'tools/bundle.ts',
    'services/backend/src/domain/added.ts',
  ])('changes with %s', async (file) => {
    const before = await inputHash(service(), repository);
    await write(file, 'changed');
    expect(await inputHash(service(), repository)).not.toBe(before);
  });

  it('changes when a file is renamed', async () => {
    const before = await inputHash(service(), repository);
    await cp(join(service(), 'src/handlers/get.ts'), join(service(), 'src/handlers/put.ts'));
    await rm(join(service(), 'src/handlers/get.ts'));
    expect(await inputHash(service(), repository)).not.toBe(before);
  });

  it.each([
    'services/other/src/handlers/get.ts',
    'services/backend/README.md',
    'services/backend/tests/unit/get.test.ts',
    'shared/photos/tests/unit/photo.test.ts',
    'services/backend/.aws-sam/build/template.yaml',
  ])('does not change with %s', async (file) => {
    const before = await inputHash(service(), repository);
    await write(file, 'changed');
    expect(await inputHash(service(), repository)).toBe(before);
  });
});
