import { describe, expect, it } from 'vitest';
import { toConfidence, toLabels } from '../../src/general-labels.ts';
import { toContentTypes, toModerationLabels } from '../../src/moderation-labels.ts';
import { withoutOverlaps } from '../../src/object-model.ts';

const found = (classIndex: number, score: number, left = 0, top = 0) => ({
  classIndex,
  score,
  box: { left, top, width: 0.2, height: 0.2 },
});
const names = (labels: { Name: string }[]) => labels.map(({ Name }) => Name);

describe('toLabels', () => {
  it('takes people from a score of 0.3 on, which is just what the default MinConfidence lets through', () => {
    expect(toLabels([found(0, 0.29)])).toEqual([]);
    expect(toLabels([found(0, 0.3)])).toMatchObject([{ Name: 'Person', Confidence: 55 }]);
    expect(toConfidence(0.8)).toBe(100);
    expect(toConfidence(0.95)).toBe(100);
  });

  it('takes other things only when the model is sure, and only those it tells apart', () => {
    expect(toLabels([found(16, 0.54)])).toEqual([]);
    expect(names(toLabels([found(16, 0.55)]))).toContain('Dog');
    // A kite: the model sees them in the moon.
    expect(toLabels([found(33, 0.9)])).toEqual([]);
  });

  it('has one label for several people, with a box for each, as sure as the surest', () => {
    const [person, ...others] = toLabels([found(0, 0.4, 0.5), found(0, 0.6)]);
    expect(others).toEqual([]);
    expect(person?.Confidence).toBe(82);
    expect(person?.Instances.map(({ Confidence }) => Confidence)).toEqual([82, 64]);
  });

  it('names ancestors as labels without boxes', () => {
    const labels = toLabels([found(2, 0.8)]);
    expect(names(labels)).toEqual(['Car', 'Transportation', 'Vehicle']);
    expect(labels.map(({ Instances }) => Instances.length)).toEqual([1, 0, 0]);
    expect(labels[0]?.Parents).toEqual([{ Name: 'Transportation' }, { Name: 'Vehicle' }]);
  });
});

describe('toModerationLabels', () => {
  it('counts photographs and drawings together as explicit', () => {
    const scores = { drawing: 0.1, hentai: 0.3, neutral: 0, porn: 0.4, sexy: 0.2 };
    expect(toModerationLabels(scores)).toEqual([
      { Name: 'Explicit Nudity', ParentName: 'Explicit', Confidence: 70, TaxonomyLevel: 2 },
      { Name: 'Explicit', ParentName: '', Confidence: 70, TaxonomyLevel: 1 },
      { Name: 'Swimwear or Underwear', ParentName: '', Confidence: 20, TaxonomyLevel: 1 },
    ]);
    expect(toContentTypes(scores)).toEqual([{ Name: 'Illustrated', Confidence: 40 }]);
  });

  it('never goes beyond 100', () => {
    const [label] = toModerationLabels({ drawing: 0, hentai: 0.4, neutral: 0, porn: 0.600001, sexy: 0 });
    expect(label?.Confidence).toBe(100);
  });
});

describe('withoutOverlaps', () => {
  it('keeps the surest of boxes that cover each other, within a class', () => {
    const sure = found(0, 0.8);
    const other = found(16, 0.6);
    const beside = found(0, 0.5, 0.5);
    expect(withoutOverlaps([found(0, 0.7, 0.02), other, sure, beside])).toEqual([sure, other, beside]);
  });
});
