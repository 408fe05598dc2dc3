import type { Dimension } from '../cube/dimension.ts';
import type { NetcdfAttributes, NetcdfFile } from './netcdf-file.ts';

const fullDate = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Seconds since 1970 of labels that are all dates or date-times; undefined for names of periods such as `2022-05`. */
function instantsOf(labels: Dimension['labels']): Float64Array | undefined {
  const seconds = labels.map((label) => {
    const text = String(label);
    if (!fullDate.test(text)) return Number.NaN;
    return Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text) / 1000;
  });
  return seconds.every(Number.isFinite) ? Float64Array.from(seconds) : undefined;
}

/** Adds a dimension of a cube, under a name that netCDF takes, with its labels: dates as seconds since 1970 (CF 4.4), numbers, or texts. */
export function addLabels(file: NetcdfFile, name: string, { type, labels }: Dimension): void {
  const instants = type === 'temporal' ? instantsOf(labels) : undefined;
  if (instants !== undefined) {
    const time: NetcdfAttributes = {
      standard_name: 'time',
      axis: 'T',
      units: 'seconds since 1970-01-01T00:00:00Z',
      calendar: 'proleptic_gregorian',
    };
    file.dimension(name, instants, time);
  } else if (labels.every((label) => typeof label === 'number'))
    file.dimension(name, Float64Array.from(labels as readonly number[]));
  else file.dimension(name, labels.map(String));
}
