import type { Detection } from './vision.ts';

interface Named {
  Name: string;
}

export interface Instance {
  BoundingBox: { Left: number; Top: number; Width: number; Height: number };
  Confidence: number;
}

export interface Label {
  Name: string;
  /** 0 to 100. */
  Confidence: number;
  Instances: Instance[];
  /** All ancestors, not only the nearest. */
  Parents: Named[];
  Aliases: Named[];
  Categories: Named[];
}

export const labelModelVersion = '3.0';

interface Kind {
  parents?: string[];
  aliases?: string[];
  category: string;
}

const animal = 'Animals and Pets';
const vehicle = 'Vehicles and Automotive';
const furniture = 'Furniture and Furnishings';

/** How the service's label list (version 3.0) describes the labels used here. */
const kinds: Record<string, Kind> = {
  Person: { aliases: ['Human'], category: 'Person Description' },
  Animal: { category: animal },
  Bird: { parents: ['Animal'], category: animal },
  Mammal: { parents: ['Animal'], category: animal },
  Canine: { parents: ['Animal', 'Mammal'], category: animal },
  Pet: { parents: ['Animal'], category: animal },
  Cat: { parents: ['Animal', 'Mammal', 'Pet'], category: animal },
  Dog: { parents: ['Animal', 'Canine', 'Mammal', 'Pet'], category: animal },
  Horse: { parents: ['Animal', 'Mammal'], category: animal },
  Transportation: { category: vehicle },
  Vehicle: { parents: ['Transportation'], category: vehicle },
  Bicycle: { parents: ['Transportation', 'Vehicle'], aliases: ['Bike'], category: vehicle },
  Bus: { parents: ['Transportation', 'Vehicle'], category: vehicle },
  Car: { parents: ['Transportation', 'Vehicle'], aliases: ['Automobile'], category: vehicle },
  Motorcycle: { parents: ['Transportation', 'Vehicle'], category: vehicle },
  Furniture: { category: furniture },
  Bench: { parents: ['Furniture'], category: furniture },
  Chair: { parents: ['Furniture'], category: furniture },
};

/**
 * Which classes of COCO become labels, and from which score on. 0.3 told all of 20 photos with people from all of 54 without;
 * of the other classes many are wrong below 0.55, and some always, so these few are a choice.
 */
const labelOfClass = new Map<number, { name: string; minScore: number }>([
  [0, { name: 'Person', minScore: 0.3 }],
  ...[
    '1 Bicycle',
    '2 Car',
    '3 Motorcycle',
    '5 Bus',
    '13 Bench',
    '14 Bird',
    '15 Cat',
    '16 Dog',
    '17 Horse',
    '56 Chair',
  ].map((entry): [number, { name: string; minScore: number }] => {
    const [classIndex, name = ''] = entry.split(' ');
    return [Number(classIndex), { name, minScore: 0.55 }];
  }),
]);

/**
 * The model is sure at 0.8 and right from 0.3 on, where the service's default is to leave out what is below 55. Made up, not
 * calibrated: 0.3 becomes 55, 0.8 and more 100.
 */
export function toConfidence(score: number): number {
  const sureness = Math.min(1, Math.max(0, (score - 0.3) / 0.5));
  return Math.round((0.55 + 0.45 * sureness) * 1e6) / 1e4;
}

const named = (names: string[] = []): Named[] => names.map((Name) => ({ Name }));

/** A label with what the label list says of it. For a name that it does not have, nothing. */
export function describeLabel(Name: string, Confidence: number, Instances: Instance[] = []): Label {
  const kind = kinds[Name];
  return {
    Name,
    Confidence,
    Instances,
    Parents: named(kind?.parents),
    Aliases: named(kind?.aliases),
    Categories: named(kind && [kind.category]),
  };
}

/** Labels for what was found, and for their ancestors, which the service names as labels too; the surest first. */
export function toLabels(detections: Detection[]): Label[] {
  const labels = new Map<string, Label>();
  for (const { classIndex, score, box } of detections.toSorted((a, b) => b.score - a.score)) {
    const found = labelOfClass.get(classIndex);
    if (!found || score < found.minScore) continue;
    const confidence = toConfidence(score);
    for (const name of [found.name, ...(kinds[found.name]?.parents ?? [])]) {
      if (!labels.has(name)) labels.set(name, describeLabel(name, confidence));
    }
    const BoundingBox = { Left: box.left, Top: box.top, Width: box.width, Height: box.height };
    labels.get(found.name)?.Instances.push({ BoundingBox, Confidence: confidence });
  }
  return [...labels.values()].toSorted((a, b) => b.Confidence - a.Confidence || a.Name.localeCompare(b.Name));
}

export interface LabelFilters {
  LabelInclusionFilters?: string[] | undefined;
  LabelExclusionFilters?: string[] | undefined;
  LabelCategoryInclusionFilters?: string[] | undefined;
  LabelCategoryExclusionFilters?: string[] | undefined;
}

/** True for what one of the inclusion filters names, or what is left without any, unless an exclusion filter names it. */
export function passes(filters: LabelFilters): (label: Label) => boolean {
  const isNamedBy = (label: Label, names: string[] = [], categories: string[] = []) =>
    names.includes(label.Name) || label.Categories.some(({ Name }) => categories.includes(Name));
  const { LabelInclusionFilters: names, LabelCategoryInclusionFilters: categories } = filters;
  const includesAll = !names?.length && !categories?.length;
  return (label) =>
    (includesAll || isNamedBy(label, names, categories)) &&
    !isNamedBy(label, filters.LabelExclusionFilters, filters.LabelCategoryExclusionFilters);
}
