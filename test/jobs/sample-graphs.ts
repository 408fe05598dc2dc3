import type { JsonObject } from '../../src/jobs/job.ts';

type Nodes = Record<string, JsonObject>;

const load = {
  process_id: 'load_collection',
  arguments: {
    id: 'season',
    spatial_extent: null,
    temporal_extent: ['2026-01-01', '2027-01-01'],
    bands: ['red', 'nir'],
  },
};

/** One plus two. */
export const three: JsonObject = {
  process_graph: { sum: { process_id: 'add', arguments: { x: 1, y: 2 }, result: true } },
};

/** The mean NDVI of the season, as a GeoTIFF. */
export const meanNdvi: JsonObject = {
  process_graph: {
    load,
    ndvi: { process_id: 'ndvi', arguments: { data: { from_node: 'load' } } },
    mean: {
      process_id: 'reduce_dimension',
      arguments: {
        data: { from_node: 'ndvi' },
        dimension: 't',
        reducer: {
          process_graph: {
            mean: { process_id: 'mean', arguments: { data: { from_parameter: 'data' } }, result: true },
          },
        },
      },
    },
    save: {
      process_id: 'save_result',
      arguments: { data: { from_node: 'mean' }, format: 'GTiff' },
      result: true,
    },
  },
};

/** As many additions of each pixel one after another: seconds in one loop that gives nobody a turn. */
export function longLoop(additions: number): JsonObject {
  const nodes: Nodes = {};
  for (let i = 0; i < additions; i++)
    nodes[`a${i}`] = {
      process_id: 'add',
      arguments: { x: i === 0 ? { from_parameter: 'x' } : { from_node: `a${i - 1}` }, y: i % 3 },
      result: i === additions - 1,
    };
  return {
    process_graph: {
      load,
      apply: {
        process_id: 'apply',
        arguments: { data: { from_node: 'load' }, process: { process_graph: nodes } },
        result: true,
      },
    },
  };
}

/** The season with pixels of so many metres: gigabytes where they are small. */
export function finer(resolution: number): JsonObject {
  return {
    process_graph: {
      load,
      finer: {
        process_id: 'resample_spatial',
        arguments: { data: { from_node: 'load' }, resolution },
        result: true,
      },
    },
  };
}
