import { IJupyterWidgetRegistry } from '@jupyter-widgets/base';
import { furrowModule, furrowModuleVersion } from '../shared/protocol.ts';
import { ParcelMapModel, RasterPreviewModel, SeriesPlotModel } from './models.ts';
import { ParcelMapView, RasterPreviewView, SeriesPlotView } from './views.ts';

/** The part of a JupyterLab plugin that is used here (`@jupyterlab/application` is not needed for more). */
interface Plugin {
  readonly id: string;
  readonly description: string;
  readonly autoStart: boolean;
  readonly requires: readonly (typeof IJupyterWidgetRegistry)[];
  readonly activate: (app: unknown, registry: IJupyterWidgetRegistry) => void;
}

const plugin: Plugin = {
  id: `${furrowModule}:widgets`,
  description: 'Draws parcel maps, season plots and images of the Furrow kernel.',
  autoStart: true,
  requires: [IJupyterWidgetRegistry],
  activate: (_app, registry) => {
    registry.registerWidget({
      name: furrowModule,
      version: furrowModuleVersion,
      exports: {
        ParcelMapModel,
        ParcelMapView,
        RasterPreviewModel,
        RasterPreviewView,
        SeriesPlotModel,
        SeriesPlotView,
      },
    });
  },
};

// JupyterLab takes a plugin from the default export of an extension's module
export { plugin as default };
