import { entries, isRecord } from '../template/json.ts';

/** Values on both sides of every rule of a schema. */
export interface Boundaries {
  readonly accepted: readonly unknown[];
  readonly refused: readonly unknown[];
}

const known = ['description', 'type', 'default', 'enum', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern'];

/**
 * @param schema of one parameter or field
 * @throws Error on a keyword or pattern it does not know, so that a new rule is not left untested
 */
export function boundariesOf(schema: unknown): Boundaries {
  if (!isRecord(schema)) throw new Error('a schema is an object');
  const unknown = entries(schema).find(([keyword]) => !known.includes(keyword));
  if (unknown) throw new Error(`teach boundariesOf the keyword ${unknown[0]}`);
  if (Array.isArray(schema['enum'])) return enumBoundaries(schema['enum']);
  switch (schema['type']) {
    case 'integer':
      return numberBoundaries(schema, 1, ['1.5']);
    case 'number':
      return numberBoundaries(schema, 0.001, []);
    case 'string':
      return joined(lengthBoundaries(schema), patternBoundaries(schema));
    default:
      throw new Error(`teach boundariesOf the type ${schema['type']}`);
  }
}

const enumBoundaries = (members: readonly unknown[]): Boundaries => ({
  accepted: members,
  refused: members.flatMap((member) => [`${member}s`, String(member).toUpperCase()]),
});

function numberBoundaries(schema: Record<string, unknown>, step: number, refused: string[]): Boundaries {
  const { minimum, maximum } = schema;
  if (typeof minimum !== 'number' || typeof maximum !== 'number') throw new Error('a number needs both bounds');
  return { accepted: [minimum, maximum], refused: [minimum - step, maximum + step, 'many', '', ...refused] };
}

function lengthBoundaries({ minLength, maxLength }: Record<string, unknown>): Boundaries {
  const accepted = [minLength, maxLength].filter((length) => typeof length === 'number');
  const refused = [
    ...(typeof minLength === 'number' ? [minLength - 1] : []),
    ...(typeof maxLength === 'number' ? [maxLength + 1] : []),
  ];
  return { accepted: accepted.map((length) => 'a'.repeat(length)), refused: refused.map((n) => 'a'.repeat(n)) };
}

const counted = /^\^(\[[^\]]+\])\{(\d+)(?:,(\d+))?\}\$$/;
const withOneOf = /^\^(\[[^\]]+\])\*(\[[^\]]+\])\1\*\$$/;

/** Knows `^[characters]{min,max}$` and `^[characters]*[needed][characters]*$`, which is all that our rules use. */
function patternBoundaries({ pattern }: Record<string, unknown>): Boundaries {
  if (pattern === undefined) return { accepted: [], refused: [] };
  const [, characters, min, max = min] = counted.exec(String(pattern)) ?? [];
  if (characters !== undefined) return countedBoundaries(characters, Number(min), Number(max));
  const [, allowed, needed] = withOneOf.exec(String(pattern)) ?? [];
  if (allowed !== undefined && needed !== undefined) return oneOfBoundaries(allowed, needed);
  throw new Error(`teach boundariesOf the pattern ${pattern}`);
}

function countedBoundaries(characters: string, min: number, max: number): Boundaries {
  const { members, strangers } = edgesOf(characters);
  const [member = ''] = members;
  const filler = member.repeat(min - 1);
  return {
    accepted: [member.repeat(max), ...members.map((c) => c + filler)],
    refused: [filler, member.repeat(max + 1), ...strangers.map((c) => c + filler)],
  };
}

/** What is not allowed is refused at either end too, where blanks are dropped. */
function oneOfBoundaries(allowed: string, needed: string): Boundaries {
  const { members, strangers } = edgesOf(allowed);
  const sufficient = edgesOf(needed);
  return {
    accepted: [...members.map((c) => `a${c}a`), ...sufficient.members],
    refused: [...strangers.flatMap((c) => [`${c}a`, `a${c}a`, `a${c}`]), ...sufficient.strangers],
  };
}

const loneSurrogates = [0xd800, 0xdfff];

/** All of ASCII, lone surrogates, and of the rest of the basic plane the characters on both sides of each edge. */
function edgesOf(characters: string): { members: string[]; strangers: string[] } {
  const characterClass = new RegExp(`^${characters}$`, 'u');
  const isMember = (code: number) => characterClass.test(String.fromCharCode(code));
  const isEdge = (code: number) => isMember(code) !== isMember(code - 1) || isMember(code) !== isMember(code + 1);
  const codes = Array.from({ length: 0x10000 }, (_, code) => code).filter(
    (code) => code < 0x80 || loneSurrogates.includes(code) || isEdge(code),
  );
  const charactersOf = (wanted: boolean) =>
    codes.filter((code) => isMember(code) === wanted).map((code) => String.fromCharCode(code));
  return { members: charactersOf(true), strangers: charactersOf(false) };
}

const joined = (a: Boundaries, b: Boundaries): Boundaries => ({
  accepted: [...a.accepted, ...b.accepted],
  refused: [...a.refused, ...b.refused],
});
