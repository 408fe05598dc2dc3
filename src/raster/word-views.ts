/** The same bytes as 16-bit words; they must start on an even place. */
export function halves({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength >> 1);
}

/** The same bytes as 32-bit words; they must start on a multiple of four. */
export function words({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength >> 2);
}
