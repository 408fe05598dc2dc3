import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { areaBounds } from '../../src/geometry/area.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import { buildRuns } from '../../src/parcels/runs.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

/** Distances of the centres of a parcel's pixels from its boundary, as shapely measures them. */
const program = `
import json, sys, shapely
from shapely.geometry import shape
given = json.load(sys.stdin)
print(json.dumps([shapely.distance(shapely.points(points), shape(area).boundary).tolist() if points else [] for area, points in given]))
`;

const zones = {
  's2-l2a-swiss-wheat-2022': 'EPSG:32632',
  's1s2-monthly-hesbaye-2021': 'EPSG:32631',
  's2-l1c-slovenia-2015-2017': 'EPSG:32633',
  's2-l2a-valladolid-2019': 'EPSG:32630',
};

for (const [name, crs] of Object.entries(zones)) {
  const file = sharedData('data', name, 'parcels.gpkg');
  const skip = (file === undefined && withoutSharedData) || (testPython() === undefined && withoutTestPython);
  describe(`the inner buffer of ${name}`, { skip }, () => {
    test('leaves the pixels whose centres are at least so far inside by shapely', async () => {
      const { parcels, crs: own } = await readParcels(file ?? '');
      const areas = parcels.map(({ geometry }) => transformArea(geometry, own, crs));
      const boxes = areas.map(areaBounds);
      const left = Math.floor(Math.min(...boxes.map(([x]) => x)) / 60) * 60;
      const top = Math.ceil(Math.max(...boxes.map(([, , , y]) => y)) / 60) * 60;
      const width = Math.ceil((Math.max(...boxes.map(([, , x]) => x)) - left) / 10);
      const height = Math.ceil((top - Math.min(...boxes.map(([, y]) => y))) / 10);
      const grid = { crs, transform: [10, 0, left, 0, -10, top] as const, width, height };
      const all = buildRuns(parcels, own, grid);
      const places = parcels.map((_, i) => pixelsOf(all, i));
      const given = areas.map((area, i) => [
        area,
        places[i]?.map(([row, column]) => [left + (column + 0.5) * 10, top - (row + 0.5) * 10]),
      ]);
      const distances: number[][] = JSON.parse(
        execFileSync(testPython() ?? '', ['-c', program], {
          input: JSON.stringify(given),
          encoding: 'utf8',
          maxBuffer: 2 ** 28,
        }),
      );
      for (const metres of [5, 10, 15, 30]) {
        const kept = buildRuns(parcels, own, grid, { innerBuffer: metres });
        let [compared, inside] = [0, 0];
        for (const i of parcels.keys()) {
          const own = new Set(pixelsOf(kept, i).map(String));
          for (const [at, place] of (places[i] ?? []).entries()) {
            const far = distances[i]?.[at] ?? Number.NaN;
            compared++;
            if (own.delete(String(place))) inside++;
            // Exactly so far away is far enough, as far as numbers tell.
            else if (far >= metres + 1e-9) assert.fail(`parcel ${i}, ${place}: ${far} m, and was taken out`);
            else continue;
            assert.ok(far >= metres - 1e-9, `parcel ${i}, ${place}: ${far} m, and was left`);
          }
          assert.equal(own.size, 0, `parcel ${i} has other pixels than without a buffer`);
        }
        assert.ok(inside > 500 && inside < compared, `${inside} of ${compared} at ${metres} m`);
      }
    });
  });
}

function pixelsOf(
  { runs, offsets }: ReturnType<typeof buildRuns>,
  i: number,
): [row: number, column: number][] {
  const pixels: [number, number][] = [];
  for (let at = offsets[i] ?? 0; at < (offsets[i + 1] ?? 0); at += 3)
    for (let column = runs[at + 1] ?? 0; column < (runs[at + 2] ?? 0); column++)
      pixels.push([runs[at] ?? 0, column]);
  return pixels;
}
