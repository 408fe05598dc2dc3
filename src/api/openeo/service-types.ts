import { colorMapNames } from '../../raster/color-maps.ts';
import { namedSubtypes } from './named-subtypes.ts';

/** Secondary services that can be made, as `GET /service_types` lists them. */
export const serviceTypes = {
  XYZ: {
    title: 'Map tiles (XYZ)',
    description:
      'PNG tiles in web mercator, computed when they are asked for: a cube with the bands red, green and blue as a colour image, else its first date and band by a colour map.',
    configuration: namedSubtypes({
      min: {
        type: 'number',
        description: 'Value of the darkest colour; together with max. Chosen from the data when left out.',
        required: false,
      },
      max: {
        type: 'number',
        description: 'Value of the brightest colour; together with min.',
        required: false,
      },
      colors: {
        type: 'string',
        enum: [...colorMapNames()],
        description: 'Colours of a result of one band.',
        required: false,
      },
      tile_size: {
        type: 'integer',
        enum: [256, 512],
        default: 256,
        description: "Pixels of a tile's side.",
        required: false,
      },
    }),
    process_parameters: [],
    links: [
      {
        rel: 'about',
        href: 'https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames',
        title: 'How tiles are numbered',
      },
    ],
  },
};
