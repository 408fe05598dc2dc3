import { InvalidArgument, type ParcelSet } from '../../src/index.ts';
import type { LegendEntry } from '../shared/parcel-map-state.ts';

/** Colours that people expect of a crop; matched when the crop's name contains the word. */
const expected: readonly (readonly [word: string, color: string])[] = [
  ['winter wheat', '#e0b93f'],
  ['wheat', '#e6c229'],
  ['maize', '#f17105'],
  ['corn', '#f17105'],
  ['barley', '#c8a078'],
  ['rapeseed', '#f4e409'],
  ['rape', '#f4e409'],
  ['potato', '#6610f2'],
  ['sugar beet', '#8888aa'],
  ['beet', '#8888aa'],
  ['grass', '#4caf50'],
  ['meadow', '#66bb6a'],
  ['pasture', '#81c784'],
  ['onion', '#5ac8dc'],
  ['sunflower', '#ffb300'],
  ['soy', '#7a9e3f'],
  ['vine', '#8e2c5a'],
  ['orchard', '#b5477d'],
  ['fallow', '#b45a5a'],
  ['forest', '#1b5e20'],
];

/** For crops without an expectation, in the order of their size; told apart also with red-green blindness. */
const further = [
  '#4477aa',
  '#ee6677',
  '#228833',
  '#ccbb44',
  '#66ccee',
  '#aa3377',
  '#0099c6',
  '#dd7755',
  '#775599',
  '#448877',
];

/** Classes that a legend holds; smaller ones share `otherColor`. */
const mostClasses = 24;
export const otherColor = '#9e9e9e';

const cssColor = /^(#[0-9a-f]{3,8}|[a-z]{3,30}|(rgb|hsl)a?\([\d\s.,%/]{5,40}\))$/i;

/**
 * The crops of a set, largest first, each with a colour: the caller's `palette` (crop to CSS colour), else the expected
 * colour of that crop, else the next free one. Throws `InvalidArgument` for a text that is no CSS colour.
 */
export function cropLegend(set: ParcelSet, palette: Readonly<Record<string, string>> = {}): LegendEntry[] {
  const counts = new Map<string, number>();
  for (const { crop } of set.parcels) if (crop !== undefined) counts.set(crop, (counts.get(crop) ?? 0) + 1);
  const largest = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, mostClasses);
  const used = new Set<string>();
  return largest.map(([name, count]) => {
    const color = chooseColor(name, palette, used);
    used.add(color);
    return { name, color, count };
  });
}

function chooseColor(
  name: string,
  palette: Readonly<Record<string, string>>,
  used: ReadonlySet<string>,
): string {
  const own = Object.hasOwn(palette, name) ? palette[name] : undefined;
  if (own !== undefined) {
    if (!cssColor.test(own))
      throw new InvalidArgument(`the palette's '${own}' for '${name}' is no CSS colour`);
    return own;
  }
  const lower = name.toLowerCase();
  const hit = expected.find(([word, color]) => lower.includes(word) && !used.has(color));
  return (
    hit?.[1] ?? further.find((color) => !used.has(color)) ?? further[used.size % further.length] ?? otherColor
  );
}
