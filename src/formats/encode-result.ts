import type { GraphResult } from '../cube/result.ts';
import { ProcessException } from '../errors.ts';
import { type EncodedFile, type EncodeOptions, encodeCube } from './encode-cube.ts';
import { encodeVector } from './encode-vector.ts';
import { outputFormat } from './output-formats.ts';

/**
 * What a process graph gave, as files: in the format that `save_result` asked for, else GeoTIFF for pixels and JSON for
 * geometries and plain values. Throws what `encodeCube` and `encodeVector` throw.
 */
export async function encodeResult(
  result: GraphResult,
  { stem = 'result', signal }: Pick<EncodeOptions, 'stem' | 'signal'> = {},
): Promise<EncodedFile[]> {
  if (result.kind === 'value') {
    const { mediaType, extensions } = outputFormat('JSON');
    const bytes = new TextEncoder().encode(JSON.stringify(result.value));
    return [{ name: `${stem}${extensions[0] ?? ''}`, mediaType, bytes }];
  }
  const { format, options } = result;
  if (result.kind === 'vector') {
    if (result.cube.values.length === 0)
      throw new ProcessException('DataCubeEmpty', 'the vector cube has no value to write');
    return encodeVector(result.cube, format ?? 'JSON', { stem, options, signal });
  }
  return encodeCube(result.cube, format ?? 'GTiff', { stem, options, signal });
}
