import type { ShownImages } from '../../src/index.ts';
import { VBox } from './controls/box.ts';
import { Dropdown } from './controls/dropdown.ts';
import { Observable } from './observable.ts';
import { RasterPreview } from './raster-preview.ts';

/** Images of which one is seen at a time, chosen by its label from a list above it; a single one comes without a list. */
export function imageChooser({ labels, initial, open }: ShownImages): VBox {
  const chosen = new Observable<string | undefined>(initial);
  const preview = new RasterPreview({ images: chosen, load: open });
  if (labels.length < 2) return new VBox([preview]);
  const list = new Dropdown({ options: labels, value: initial, description: 'Date' });
  list.observe('index', () => chosen.set(list.value));
  return new VBox([list, preview]);
}
