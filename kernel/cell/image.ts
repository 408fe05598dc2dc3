/** An encoded image as front ends can show it; its size in pixels where the header has it. */
export interface ImageHeader {
  readonly type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** What the first bytes of an encoded image say; undefined for anything that is no PNG, JPEG, GIF or WebP. */
export function imageHeader(bytes: Uint8Array): ImageHeader | undefined {
  if (bytes.length === 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = (text: string, at = 0) => {
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  };
  const sized = (type: ImageHeader['type'], bytesWanted: number, size: () => [number, number]) => {
    if (view.byteLength < bytesWanted) return { type };
    const [width, height] = size();
    return width > 0 && height > 0 ? { type, width, height } : { type };
  };
  if (starts('\x89PNG\r\n\x1a\n'))
    return sized('image/png', 24, () => [view.getUint32(16), view.getUint32(20)]);
  if (starts('GIF8')) return sized('image/gif', 10, () => [view.getUint16(6, true), view.getUint16(8, true)]);
  if (starts('\xff\xd8\xff')) return { type: 'image/jpeg', ...jpegSize(view) };
  if (!starts('RIFF') || !starts('WEBP', 8)) return undefined;
  if (starts('VP8X', 12))
    return sized('image/webp', 30, () => [
      1 + (view.getUint32(24, true) & 0xffffff),
      1 + (view.getUint32(26, true) >>> 8),
    ]);
  if (starts('VP8L', 12))
    return sized('image/webp', 25, () => {
      const bits = view.getUint32(21, true);
      return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
    });
  return sized('image/webp', 30, () => [
    view.getUint16(26, true) & 0x3fff,
    view.getUint16(28, true) & 0x3fff,
  ]);
}

/** Walks the segments of a JPEG to its frame header (ITU T.81, B.2.2), which has the size. */
function jpegSize(view: DataView): { width?: number; height?: number } {
  let at = 2;
  while (at + 9 < view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    // C4, C8 and CC of the range are tables.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return {};
}
