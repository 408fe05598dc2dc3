import { modelPrefix } from '../shared/protocol.ts';

const brand = Symbol.for('furrow.widget-model');

/** Anything that has a model on the browser's side, so that the state of another model can refer to it. */
export interface ModelReference {
  readonly [brand]: true;
  readonly modelId: string;
}
export const modelBrand: typeof brand = brand;

export function isModelReference(value: unknown): value is ModelReference {
  return typeof value === 'object' && value !== null && brand in value;
}

/** How a state names another model (`IPY_MODEL_` and its id). */
export function referenceText(model: ModelReference): string {
  return modelPrefix + model.modelId;
}
