import { areaBounds, areaOf } from '../geometry/area.ts';
import { transformer } from '../geometry/crs.ts';
import { type BBox, gridBounds } from '../geometry/grid.ts';
import type { Polygon, Position } from '../geometry/polygon.ts';
import type { LandCover } from './land-cover.ts';
import type { LandPiece } from './landscape.ts';

/** A field that lies wholly inside the area, in the CRS of the images. */
export interface DemoParcel {
  readonly pid: number;
  readonly label: string;
  readonly crop: string;
  /** Hectares, planar. */
  readonly area: number;
  readonly shape: Polygon;
}

const rim = 10;

/** The fields of a landscape, numbered from north-west to south-east in bands of 500 m, as a cadastre would. */
export function listParcels(pieces: readonly LandPiece[], land: LandCover): DemoParcel[] {
  const bounds = gridBounds(land.grid);
  const fields = pieces.flatMap(({ shape }, i) => {
    const crop = land.units[i]?.course?.crop.name;
    const box = areaBounds(shape);
    return crop !== undefined && isInside(box, bounds) ? [{ crop, shape, box }] : [];
  });
  const band = ({ box }: { box: BBox }): number => Math.floor((bounds[3] - box[3]) / 500);
  fields.sort((a, b) => band(a) - band(b) || a.box[0] - b.box[0]);
  return fields.map(({ crop, shape }, i) => ({
    pid: i + 1,
    label: `F-${String(i + 1).padStart(3, '0')}`,
    crop,
    area: Math.round(areaOf(shape) / 10) / 1000,
    shape,
  }));
}

function isInside(box: BBox, [xmin, ymin, xmax, ymax]: BBox): boolean {
  return box[0] >= xmin + rim && box[1] >= ymin + rim && box[2] <= xmax - rim && box[3] <= ymax - rim;
}

/** GeoJSON (RFC 7946: longitude and latitude, seven decimals or about a centimetre) with pid, label, crop and area in hectares. */
export function parcelsGeoJson(parcels: readonly DemoParcel[], crs: string): string {
  const toDegrees = transformer(crs, 'OGC:CRS84');
  const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;
  const features = parcels.map(({ pid, label, crop, area, shape }) => ({
    type: 'Feature',
    id: pid,
    properties: { pid, label, crop, area },
    geometry: {
      type: 'Polygon',
      coordinates: shape.coordinates.map((ring) =>
        ring.map(([x, y]): Position => {
          const [longitude, latitude] = toDegrees(x, y);
          return [round(longitude), round(latitude)];
        }),
      ),
    },
  }));
  return `{"type":"FeatureCollection","features":[\n${features.map((feature) => JSON.stringify(feature)).join(',\n')}\n]}\n`;
}
