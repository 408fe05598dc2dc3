import { attachSurroundings } from '../src/index.ts';
import { attachPort } from '../widgets/host/attach-port.ts';
import { kernelPort } from '../widgets/host/comm-port.ts';
import { imageChooser } from '../widgets/host/image-chooser.ts';
import type { KernelApi } from './cell/prelude.ts';
import { makeProgress } from './cell/progress.ts';

/** What every cell sees besides the kernel's own `display`, `comms` and `input`. */
export {
  collection,
  extract,
  indexNames,
  load_collection,
  parcels,
  watchCollection,
} from '../src/index.ts';
export { HBox, VBox } from '../widgets/host/controls/box.ts';
export { Button } from '../widgets/host/controls/button.ts';
export { Dropdown } from '../widgets/host/controls/dropdown.ts';
export { IntSlider } from '../widgets/host/controls/int-slider.ts';
export { ParcelMap } from '../widgets/host/parcel-map.ts';
export { RasterPreview } from '../widgets/host/raster-preview.ts';
export { SeriesPlot } from '../widgets/host/series-plot.ts';
export { Widget } from '../widgets/host/widget.ts';

/** Connects the runtime and the widgets to the kernel that loads this prelude; called once, before the first cell. */
export function attachKernel({ comms, display, signal }: KernelApi): void {
  attachPort(kernelPort(comms));
  attachSurroundings({
    signal,
    progress: makeProgress(display),
    showImages: (images) => void display(imageChooser(images)),
    warn: (text) => console.warn(text),
  });
}
