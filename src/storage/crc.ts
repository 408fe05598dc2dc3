import { crc32 as zlibCrc32 } from 'node:zlib';

/** A table-driven, reflected CRC of up to 64 bits in two halves. */
interface Table {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

function tableOf(polynomial: bigint): Table {
  const low = new Uint32Array(256);
  const high = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    low[byte] = Number(value & 0xffff_ffffn);
    high[byte] = Number(value >> 32n);
  }
  return { low, high };
}

/** CRC-32C (Castagnoli, RFC 3720) and CRC-64/NVME (NVM Express base specification), bits reversed. */
const polynomials = { crc32c: 0x82f6_3b78n, crc64nvme: 0x9a6c_9329_ac4b_c9b5n } as const;
const tables = new Map<keyof typeof polynomials, Table>();

/** The checksum of `bytes`, most significant byte first, as stores write it (`x-amz-checksum-*`, `x-goog-hash`). */
export function crc(kind: 'crc32' | 'crc32c' | 'crc64nvme', bytes: Uint8Array): Buffer {
  const answer = Buffer.alloc(kind === 'crc64nvme' ? 8 : 4);
  if (kind === 'crc32') {
    answer.writeUInt32BE(zlibCrc32(bytes));
    return answer;
  }
  const table = tables.get(kind) ?? tableOf(polynomials[kind]);
  tables.set(kind, table);
  let low = 0xffff_ffff;
  let high = kind === 'crc64nvme' ? 0xffff_ffff : 0;
  for (let i = 0; i < bytes.length; i++) {
    const index = (low ^ (bytes[i] as number)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (table.low[index] as number);
    high = (high >>> 8) ^ (table.high[index] as number);
  }
  if (kind === 'crc64nvme') {
    answer.writeUInt32BE(~high >>> 0);
    answer.writeUInt32BE(~low >>> 0, 4);
  } else answer.writeUInt32BE(~low >>> 0);
  return answer;
}
