import { DOMWidgetModel } from '@jupyter-widgets/base';
import { furrowModule, furrowModuleVersion } from '../shared/protocol.ts';

/** The names under which a model and its view are registered; the kernel's state says the same. */
function names(widget: string): Record<string, string> {
  return {
    _model_module: furrowModule,
    _model_module_version: furrowModuleVersion,
    _model_name: `${widget}Model`,
    _view_module: furrowModule,
    _view_module_version: furrowModuleVersion,
    _view_name: `${widget}View`,
  };
}

export class ParcelMapModel extends DOMWidgetModel {
  override defaults(): Record<string, unknown> {
    return { ...super.defaults(), ...names('ParcelMap') };
  }
}

export class SeriesPlotModel extends DOMWidgetModel {
  override defaults(): Record<string, unknown> {
    return { ...super.defaults(), ...names('SeriesPlot') };
  }
}

export class RasterPreviewModel extends DOMWidgetModel {
  override defaults(): Record<string, unknown> {
    return { ...super.defaults(), ...names('RasterPreview') };
  }
}
