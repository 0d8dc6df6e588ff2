import { dirname, join, sep } from 'node:path';
import { packages, require } from './packages.ts';

/**
 * The little of TensorFlow.js that is used. It is declared here, because types are checked without its packages.
 */
export interface Tensor {
  data(): Promise<Float32Array>;
  array(): Promise<number[][][]>;
  dispose(): void;
}

export interface ModelArtifacts {
  modelTopology: unknown;
  format?: unknown;
  signature?: unknown;
  weightSpecs: unknown[];
  weightData: ArrayBuffer;
}

interface ModelSource {
  load(): Promise<ModelArtifacts>;
}

interface Core {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: Float32Array, shape: number[]): Tensor;
}

interface Layers {
  loadLayersModel(source: ModelSource): Promise<{ predict(input: Tensor): Tensor }>;
}

interface Converter {
  loadGraphModel(source: ModelSource): Promise<{ execute(input: Tensor, outputs: string[]): Tensor }>;
}

interface WasmBackend {
  setWasmPaths(folder: string): void;
}

export interface Tensorflow extends Pick<Core, 'tensor'>, Layers, Converter {}

/** TensorFlow.js on WebAssembly: no native addon, and about fifteen times as fast as its plain JavaScript backend. */
export async function loadTensorflow(): Promise<Tensorflow> {
  const core: Core = require(packages.core);
  const layers: Layers = require(packages.layers);
  const converter: Converter = require(packages.converter);
  const wasm: WasmBackend = require(packages.wasm);
  wasm.setWasmPaths(join(dirname(require.resolve(`${packages.wasm}/package.json`)), 'dist') + sep);
  await core.setBackend('wasm');
  await core.ready();
  return { tensor: core.tensor, loadLayersModel: layers.loadLayersModel, loadGraphModel: converter.loadGraphModel };
}
