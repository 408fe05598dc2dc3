import { InvalidFile, Unsupported } from '../errors.ts';
import type { Affine } from '../geometry/affine.ts';
import { crsName } from '../geometry/crs.ts';
import { checkLimit } from '../limits.ts';
import { parseNodata } from './nodata.ts';
import type { DataType } from './pixels.ts';

/** What an ENVI header says; `headerBytes` are bytes before the pixels in the image's own file. */
export interface EnviHeader {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  readonly interleave: 'bsq' | 'bil' | 'bip';
  readonly headerBytes: number;
  readonly nodata: number | undefined;
  readonly crs: string | undefined;
  readonly transform: Affine | undefined;
  readonly descriptions: readonly string[];
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
}

/** Codes of `data type`; 6 and 9 are pairs of floats. */
const dataTypes: Readonly<Record<string, DataType | 'complex'>> = {
  1: 'uint8',
  2: 'int16',
  3: 'int32',
  4: 'float32',
  5: 'float64',
  6: 'complex',
  9: 'complex',
  12: 'uint16',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};

/** Whether a text is an ENVI header. */
export function isEnviHeader(start: Uint8Array): boolean {
  return Buffer.from(start.subarray(0, 5)).toString('latin1').trimEnd() === 'ENVI';
}

/**
 * Reads an ENVI header (NV5, "ENVI Header Files"; the reading of map info follows GDAL's envidataset.cpp). Throws `InvalidFile` for one
 * without sizes, `LimitExceeded`, and `Unsupported` by name for complex pixels and compressed files.
 */
export function readEnviHeader(text: string, url: string): EnviHeader {
  const fields = fieldsOf(text);
  const whole = (name: string, missing?: number): number => {
    const value = fields.get(name);
    const number = value === undefined || value === '' ? missing : Number(value);
    if (number === undefined || !Number.isSafeInteger(number) || number < 0)
      throw new InvalidFile(`${url}: the ENVI header says '${name} = ${value ?? '(nothing)'}'`);
    return number;
  };
  const [width, height, bands] = [whole('samples'), whole('lines'), whole('bands', 1)];
  if (width < 1 || height < 1 || bands < 1)
    throw new InvalidFile(`${url}: an image of ${width} x ${height} pixels and ${bands} bands`);
  checkLimit('rasterSide', Math.max(width, height), url);
  checkLimit('rasterBands', bands, url);
  const code = whole('data type', 1);
  const dataType = dataTypes[code];
  if (dataType === undefined) throw new InvalidFile(`${url}: ENVI data type ${code}`);
  if (dataType === 'complex')
    throw new Unsupported(
      `${url}: complex pixels (ENVI data type ${code}) cannot be read; write their amplitude or both parts as bands`,
    );
  if (whole('file compression', 0) !== 0)
    throw new Unsupported(`${url}: compressed ENVI files cannot be read; decompress the image (gunzip)`);
  const frames = listOf(fields.get('major frame offsets')).concat(listOf(fields.get('minor frame offsets')));
  if (frames.some((value) => Number(value) !== 0))
    throw new Unsupported(`${url}: ENVI files with frame offsets cannot be read`);
  const interleave = (fields.get('interleave') ?? 'bsq').toLowerCase();
  if (interleave !== 'bsq' && interleave !== 'bil' && interleave !== 'bip')
    throw new InvalidFile(`${url}: ENVI interleave '${interleave}'`);
  const perBand = (name: string, missing: number): number[] => {
    const values = listOf(fields.get(name)).map(Number);
    return values.length === bands && values.every(Number.isFinite)
      ? values
      : new Array<number>(bands).fill(missing);
  };
  const names = listOf(fields.get('band names'));
  const mapInfo = listOf(fields.get('map info'));
  return {
    width,
    height,
    bands,
    dataType,
    littleEndian: whole('byte order', 0) !== 1,
    interleave,
    headerBytes: whole('header offset', 0),
    nodata: parseNodata(fields.get('data ignore value'), dataType),
    crs: crsOf(mapInfo, fields.get('coordinate system string')),
    transform: transformOf(mapInfo),
    descriptions: Array.from({ length: bands }, (_, band) => names[band] ?? ''),
    scales: perBand('data gain values', 1),
    offsets: perBand('data offset values', 0),
  };
}

/** `name = value` lines; a value in braces may run over several lines. Names in lower case, values without their braces. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  const names = /^([^=\n;{}]+)=[ \t]*/gm;
  const lineEnd = /[\r\n]/g;
  // Looked for once, and not from each brace of a text that closes none.
  const lastClose = text.lastIndexOf('}');
  for (let found = names.exec(text); found !== null; found = names.exec(text)) {
    const start = names.lastIndex;
    const braced = text[start] === '{' && start < lastClose;
    lineEnd.lastIndex = start;
    const end = braced ? text.indexOf('}', start) : (lineEnd.exec(text)?.index ?? text.length);
    const value = text.slice(braced ? start + 1 : start, end);
    names.lastIndex = braced ? end + 1 : end;
    fields.set((found[1] ?? '').trim().toLowerCase().replaceAll(/\s+/g, ' '), value.trim());
  }
  return fields;
}

function listOf(value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : value.split(',').map((part) => part.trim());
}

/** Projection, reference pixel (from 1), its easting and northing, pixel sizes, then what the projection needs. */
function transformOf(mapInfo: readonly string[]): Affine | undefined {
  const [column, row, x, y, sizeX, sizeY] = mapInfo.slice(1, 7).map(Number);
  const numbers = [column, row, x, y, sizeX, sizeY];
  if (mapInfo[0]?.toLowerCase() === 'arbitrary' && numbers.join() === '1,1,0,0,1,1') return undefined;
  if (!numbers.every((value) => value !== undefined && Number.isFinite(value)) || sizeX === 0 || sizeY === 0)
    return undefined;
  const [c, r, easting, northing, width, height] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const rotation = mapInfo.map((part) => /^rotation\s*=\s*(.+)$/i.exec(part)?.[1]).find(Boolean);
  const angle = (-Number(rotation ?? 0) * Math.PI) / 180;
  const [cosine, sine] = rotation === undefined ? [1, 0] : [Math.cos(angle), Math.sin(angle)];
  return [
    cosine * width,
    -sine * width,
    easting - (c - 1) * width,
    -sine * height,
    -cosine * height,
    northing + (r - 1) * height,
  ].map((value) => value + 0) as unknown as Affine;
}

/** EPSG codes where map info says UTM or degrees on WGS 84, else the text of the coordinate system. */
function crsOf(mapInfo: readonly string[], system: string | undefined): string | undefined {
  const projection = mapInfo[0]?.toLowerCase() ?? '';
  const onWgs84 = mapInfo.some((part) => /^WGS[-_ ]?(19)?84$/i.test(part));
  const zone = Number(mapInfo[7]);
  if (projection === 'utm' && onWgs84 && zone >= 1 && zone <= 60)
    return `EPSG:${(mapInfo[8]?.toLowerCase() === 'south' ? 32700 : 32600) + zone}`;
  if (projection === 'geographic lat/lon' && onWgs84) return 'EPSG:4326';
  const utm = /^PROJCS\["WGS[_ ](?:19)?84[_ /]+UTM[_ ]zone[_ ](\d{1,2})([NS])"/i.exec(system ?? '');
  if (utm !== null) return `EPSG:${(utm[2]?.toUpperCase() === 'S' ? 32700 : 32600) + Number(utm[1])}`;
  if (/^GEOGCS\["(GCS_)?WGS[_ ]?(19)?84/i.test(system ?? '')) return 'EPSG:4326';
  return system === undefined || system === '' ? undefined : crsName(system);
}
