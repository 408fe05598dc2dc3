import { crc32, deflateRawSync } from 'node:zlib';

/** A zip archive of files by name, deflated where they ask for it. */
export function writeZip(
  files: Readonly<Record<string, { readonly bytes: Uint8Array; readonly deflate?: boolean }>>,
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [text, { bytes, deflate = false }] of Object.entries(files)) {
    const name = Buffer.from(text);
    const packed = deflate ? deflateRawSync(bytes) : Buffer.from(bytes);
    // From the version needed to the length of the extra field: the same in both headers.
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x800, 2);
    shared.writeUInt16LE(deflate ? 8 : 0, 4);
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(bytes.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), shared, rest, name);
    const member = [Buffer.from('PK\x03\x04', 'latin1'), shared, name, packed];
    parts.push(...member);
    offset += member.reduce((sum, { length }) => sum + length, 0);
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}
