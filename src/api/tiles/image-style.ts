import { Type } from 'typebox';
import { InvalidArgument } from '../../errors.ts';
import { indexNames } from '../../parcels/indices.ts';
import type { ItemTileOptions } from '../../tiles/raster-tile.ts';

/** How an image is drawn, as a request says it. */
export const styleParameters = {
  style: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'An index (ndvi), one band, or three for red, green and blue: B08,B04,B03. True colour when left out.',
    }),
  ),
  stretch: Type.Optional(
    Type.String({
      maxLength: 60,
      description: 'low,high in values of the bands, or pFROM,pTO in percentiles of the image: p2,p98.',
    }),
  ),
  colors: Type.Optional(Type.String({ maxLength: 40, description: 'Colour map for one layer.' })),
  size: Type.Optional(
    Type.Unsafe<256 | 512>({
      type: 'integer',
      enum: [256, 512],
      description: 'Pixels of a side; 256 when left out.',
    }),
  ),
};

export interface StyleQuery {
  readonly style?: string | undefined;
  readonly stretch?: string | undefined;
  readonly colors?: string | undefined;
  readonly size?: 256 | 512 | undefined;
}

/** A style as the tiles take it. Throws `InvalidArgument` for a stretch that is none. */
export function styleOf({ style, stretch, colors, size }: StyleQuery): ItemTileOptions {
  const names = style?.split(',').map((name) => name.trim());
  const [only = ''] = names ?? [];
  const index = names?.length === 1 && indexNames.some((name) => name === only.toLowerCase());
  return {
    ...(names === undefined ? {} : index ? { index: only.toLowerCase() } : { bands: names }),
    stretch: stretch === undefined ? undefined : stretchOf(stretch),
    colors,
    tileSize: size,
  };
}

const number = String.raw`-?\d+(?:\.\d+)?(?:e[-+]?\d+)?`;
const values = new RegExp(`^(${number}),(${number})$`, 'i');
const percentiles = /^p(\d+(?:\.\d+)?),p(\d+(?:\.\d+)?)$/i;

function stretchOf(text: string): NonNullable<ItemTileOptions['stretch']> {
  const byPercent = percentiles.exec(text);
  const [from, to] = [Number(byPercent?.[1]), Number(byPercent?.[2])];
  if (byPercent !== null && from < to && to <= 100) return { percentiles: [from, to] };
  const byValue = values.exec(text);
  const [low, high] = [Number(byValue?.[1]), Number(byValue?.[2])];
  if (byValue !== null && low < high) return { low, high };
  throw new InvalidArgument(`a stretch is written low,high or p2,p98, not '${text}'`);
}
