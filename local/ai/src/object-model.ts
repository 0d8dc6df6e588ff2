import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packages, require } from './packages.ts';
import type { Tensorflow } from './tensorflow.ts';
import { type Detection, objectsSize } from './vision.ts';

interface ModelJson {
  modelTopology: unknown;
  format: unknown;
  signature: unknown;
  weightsManifest: { paths: string[]; weights: unknown[] }[];
}

/** Below this a box is noise, whatever its class; general-labels.ts asks for more. */
const minScore = 0.25;
/** Two boxes of one class that share this part of their joint area are one object. */
const maxOverlap = 0.4;
const maxDetections = 50;

/**
 * MB3-CenterNet, trained on COCO, out of the package of Human, whose own code is not used.
 *
 * @returns a function from RGB pixels, `objectsSize` squared, to detections, the surest first
 */
export async function loadObjectModel(tf: Tensorflow): Promise<(pixels: Uint8Array) => Promise<Detection[]>> {
  // The package exports no path to its models.
  const folder = join(dirname(require.resolve(packages.objects)), '..', 'models');
  const model = await tf.loadGraphModel({ load: () => artifacts(folder) });
  return async (pixels) => {
    const input = tf.tensor(Float32Array.from(pixels), [1, objectsSize, objectsSize, 3]);
    const output = model.execute(input, ['tower_0/detections']);
    const [rows = []] = await output.array();
    input.dispose();
    output.dispose();
    return withoutOverlaps(rows.flatMap(toDetection));
  };
}

async function artifacts(folder: string) {
  const model: ModelJson = JSON.parse(await readFile(join(folder, 'centernet.json'), 'utf8'));
  const shards = await Promise.all(
    model.weightsManifest.flatMap(({ paths }) => paths.map((path) => readFile(join(folder, path)))),
  );
  return {
    modelTopology: model.modelTopology,
    format: model.format,
    signature: model.signature,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  };
}

/** A row is x1, y1, x2, y2 in pixels of the input, score, class. */
function toDetection([x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, classIndex = Number.NaN]: number[]): Detection[] {
  if (!(score >= minScore) || Number.isNaN(classIndex)) return [];
  const clamp = (value: number) => Math.min(1, Math.max(0, value / objectsSize));
  const left = clamp(x1);
  const top = clamp(y1);
  return [{ classIndex, score, box: { left, top, width: clamp(x2) - left, height: clamp(y2) - top } }];
}

/** Greedy non-maximum suppression within each class. */
export function withoutOverlaps(detections: Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of detections.toSorted((a, b) => b.score - a.score)) {
    if (kept.length === maxDetections) break;
    const isNew = kept.every(
      (other) => other.classIndex !== candidate.classIndex || overlap(other.box, candidate.box) < maxOverlap,
    );
    if (isNew) kept.push(candidate);
  }
  return kept;
}

/** Intersection over union. */
function overlap(a: Detection['box'], b: Detection['box']): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
