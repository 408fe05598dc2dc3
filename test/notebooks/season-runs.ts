import { sharedData } from '../support/shared-data.ts';

/** What the first notebook is run on: the generated season, and real images with real parcels. */
export interface SeasonRun {
  readonly name: string;
  /** Text of the cell tagged `parameters`; undefined leaves the notebook's own. */
  readonly parameters: string | undefined;
  readonly images: number;
  readonly parcels: number;
  readonly months: number;
}

export const demoRun: SeasonRun = {
  name: 'demo',
  parameters: undefined,
  images: 49,
  parcels: 307,
  months: 8,
};

/** Winter wheat around Strickhof in 2022; undefined where the real data is absent. */
export function swissRun(): SeasonRun | undefined {
  const folder = sharedData('data', 's2-l2a-swiss-wheat-2022');
  if (folder === undefined) return undefined;
  return {
    name: 'swiss wheat',
    parameters: [
      `const COLLECTION = ${JSON.stringify(folder)};`,
      `const PARCELS = ${JSON.stringify(`${folder}/parcels.gpkg`)};`,
      'const AREA: [number, number, number, number] | undefined = [8.67, 47.43, 8.7, 47.47];',
    ].join('\n'),
    images: 148,
    parcels: 10,
    months: 5,
  };
}
