/** What a page needs to know to rebuild a model. */
export interface LiveModel {
  readonly modelId: string;
  fullState(): Record<string, unknown>;
}

const models = new Map<string, LiveModel>();

export function rememberModel(model: LiveModel): void {
  models.set(model.modelId, model);
}

export function forgetModel(model: LiveModel): void {
  models.delete(model.modelId);
}

/** Every model that is open, oldest first: a model comes after those that its state refers to. */
export function liveModels(): Iterable<LiveModel> {
  return models.values();
}
