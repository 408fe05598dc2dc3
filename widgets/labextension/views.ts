import { DOMWidgetView } from '@jupyter-widgets/base';
import type { Cleanup, RenderContext, ViewModel } from '../view/render-context.ts';

/** A module of `view/`: loaded when its first widget is shown, as MapLibre and plotly are large. */
type ViewModule<State> = () => Promise<{ render(context: RenderContext<State>): Cleanup }>;

/** Calls a view module once JupyterLab has put the element on the page, and its cleanup when the view goes. */
abstract class ModuleView<State> extends DOMWidgetView {
  #cleanup: Cleanup | undefined;
  #removed = false;

  protected abstract load(): ReturnType<ViewModule<State>>;

  override render(): void {
    super.render();
    void this.displayed.then(() => this.#draw());
  }

  override remove(): void {
    this.#removed = true;
    this.#cleanup?.();
    this.#cleanup = undefined;
    super.remove();
  }

  async #draw(): Promise<void> {
    try {
      const module = await this.load();
      if (this.#removed) return;
      this.#cleanup = module.render({ model: this.model as unknown as ViewModel<State>, el: this.el });
    } catch (error) {
      this.el.textContent = `This widget cannot be drawn: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

export class ParcelMapView extends ModuleView<import('../shared/parcel-map-state.ts').ParcelMapState> {
  protected override load() {
    return import('../view/parcel-map.ts');
  }
}

export class SeriesPlotView extends ModuleView<import('../shared/series-plot-state.ts').SeriesPlotState> {
  protected override load() {
    return import('../view/series-plot.ts');
  }
}

export class RasterPreviewView extends ModuleView<
  import('../shared/raster-preview-state.ts').RasterPreviewState
> {
  protected override load() {
    return import('../view/raster-preview.ts');
  }
}
