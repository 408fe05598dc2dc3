import type { EncodedFile } from '../../formats/encode-cube.ts';

const block = 512;
/** Longest name that a plain header holds. */
const longestName = 100;

/** Files as the parts of one tar archive (POSIX 1003.1, ustar; longer names as pax records), nothing copied. `time` is all their dates. */
export function tarArchive(files: readonly Pick<EncodedFile, 'name' | 'bytes'>[], time: Date): Uint8Array[] {
  const parts = files.flatMap(({ name, bytes }) => [
    ...(Buffer.byteLength(name) > longestName ? member('pax', paxPath(name), 'x', time) : []),
    ...member(Buffer.from(name).subarray(0, longestName).toString('latin1'), bytes, '0', time),
  ]);
  return [...parts, Buffer.alloc(2 * block)];
}

function member(name: string, bytes: Uint8Array, type: '0' | 'x', time: Date): Uint8Array[] {
  const header = Buffer.alloc(block);
  header.write(name, 0, longestName, 'latin1');
  const octal = (value: number, at: number, digits: number) =>
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1');
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(bytes.length, 124, 11);
  octal(Math.floor(time.getTime() / 1000), 136, 11);
  // The checksum counts its own field as blanks.
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return [header, bytes, Buffer.alloc((block - (bytes.length % block)) % block)];
}

/** A record states its own length, the digits of which count too. */
function paxPath(name: string): Buffer {
  const rest = ` path=${name}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest);
  return Buffer.from(`${length}${rest}`);
}
