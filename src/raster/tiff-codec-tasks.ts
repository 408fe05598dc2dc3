import type { DataType } from './pixels.ts';

/** One encoded tile of a TIFF, and the samples that must come out: `height` rows of `width` pixels of `samples` numbers. */
export interface EncodedTile {
  readonly bytes: Uint8Array;
  readonly width: number;
  /** Rows of the tile; the codec may give fewer where the image ends inside it, but not fewer than `needed`. */
  readonly height: number;
  readonly needed: number;
  readonly samples: number;
  readonly dataType: DataType;
  /** File and tile, for messages. */
  readonly where: string;
}

export interface JpegTile extends EncodedTile {
  /** The abbreviated stream of tag JPEGTables. */
  readonly tables: Uint8Array | undefined;
  /** Luminance and chrominance, to be given as red, green and blue; otherwise components are samples as they are. */
  readonly ycbcr: boolean;
}

export interface LercTile extends EncodedTile {
  /** What is around the LERC blob, from tag LercParameters: none, deflate or zstd. */
  readonly around: 'none' | 'deflate' | 'zstd';
  /** Decoded bytes that may stand between `around` and LERC. */
  readonly most: number;
}

/** Codecs of TIFF that run in the codec workers. Each gives the samples of the tile in this machine's byte order. */
export interface TiffCodecTasks {
  readonly jpeg: { readonly input: JpegTile; readonly output: Uint8Array };
  readonly webp: { readonly input: EncodedTile; readonly output: Uint8Array };
  readonly lerc: { readonly input: LercTile; readonly output: Uint8Array };
}
