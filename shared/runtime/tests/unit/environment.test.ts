import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { list, readEnvironment, text, wholeNumber } from '../../src/environment.ts';

describe('reading the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('gives exactly the variables that were asked for', () => {
    expect(readEnvironment({ TABLE_NAME: text }, { TABLE_NAME: 'table', SECRET: 'not asked for' })).toEqual({
      TABLE_NAME: 'table',
    });
  });

  it("reads the process's own environment when none is given", () => {
    vi.stubEnv('TABLE_NAME', 'from the process');

    expect(readEnvironment({ TABLE_NAME: text })).toEqual({ TABLE_NAME: 'from the process' });
  });

  it.each([undefined, '', '   ', '\t\n'])('names a variable that is missing or blank (%j)', (value) => {
    expect(() => readEnvironment({ TABLE_NAME: text }, { TABLE_NAME: value })).toThrow(/TABLE_NAME/);
  });

  it('names every variable that is wrong, and none that is right', () => {
    const read = () =>
      readEnvironment(
        { TABLE_NAME: text, BUCKET: text, MAX_PIXELS: wholeNumber(1, 10) },
        { BUCKET: 'bucket', MAX_PIXELS: 'many' },
      );

    expect(read).toThrow(/TABLE_NAME: .*MAX_PIXELS: must be a whole number/);
    expect(read).not.toThrow(/BUCKET/);
  });

  it('does not repeat values in its message: they may be secret', () => {
    expect(() => readEnvironment({ LIMIT: wholeNumber(1, 2) }, { LIMIT: 'hunter2' })).not.toThrow(/hunter2/);
  });
});

describe('a whole number in the environment', () => {
  const read = (value: string) => readEnvironment({ LIMIT: wholeNumber(1, 1000) }, { LIMIT: value })['LIMIT'];

  it.each([
    ['1', 1],
    ['1000', 1000],
    ['0042', 42],
  ])('is read from %j', (value, number) => {
    expect(read(value)).toBe(number);
  });

  it.each(['0', '1001', '-1', '1.5', '1e2', '0x10', ' 5', '5 ', 'NaN', 'Infinity', '1'.repeat(16)])(
    'is not read from %j',
    (value) => {
      expect(() => read(value)).toThrow(/LIMIT/);
    },
  );
});

describe('a list in the environment', () => {
  const read = (value: string | undefined) => readEnvironment({ NAMES: list(text) }, { NAMES: value })['NAMES'];

  it.each([
    ['Explicit', ['Explicit']],
    ['Explicit,Violence', ['Explicit', 'Violence']],
    ['Explicit,\n  Drugs & Tobacco ,Hate Symbols', ['Explicit', 'Drugs & Tobacco', 'Hate Symbols']],
  ])('is read from %j, without the blanks around its entries', (value, names) => {
    expect(read(value)).toEqual(names);
  });

  it.each([undefined, '', '  '])('is missing when it is %j: none at all is no list', (value) => {
    expect(() => read(value)).toThrow(/NAMES/);
  });

  it.each([',', 'Explicit,', ',Explicit', 'Explicit, ,Violence'])('is not read from %j: an entry is blank', (value) => {
    expect(() => read(value)).toThrow(/NAMES\.\d/);
  });

  describe('of known values', () => {
    const readTypes = (value: string) =>
      readEnvironment({ TYPES: list(z.enum(['jpg', 'png', 'webp'])) }, { TYPES: value })['TYPES'];

    it('is read as these', () => {
      expect(readTypes('webp, jpg')).toEqual(['webp', 'jpg']);
    });

    it.each(['gif', 'jpg,gif', 'JPG', 'jpg;png', 'jpg png', 'jpg,,png', 'constructor'])(
      'is not read from %j',
      (value) => {
        expect(() => readTypes(value)).toThrow(/TYPES\.\d/);
      },
    );

    it('says which entry is wrong, without repeating it', () => {
      expect(() => readTypes('jpg,hunter2')).toThrow(/TYPES\.1: /);
      expect(() => readTypes('jpg,hunter2')).not.toThrow(/hunter2/);
    });
  });
});
