/** Texts and band descriptions of the GDAL_METADATA tag. */
export interface Metadata extends BandMetadata {
  /** Items of the file as a whole, of the default domain. */
  readonly texts: Readonly<Record<string, string>>;
  /** What bands are of a picture, by band, in GDAL's words. */
  readonly interpretations: ReadonlyMap<number, string>;
}

/** What GDAL's two private tags say of the bands (https://gdal.org/drivers/raster/gtiff.html). */
export interface BandMetadata {
  readonly descriptions: string[];
  readonly scales: number[];
  readonly offsets: number[];
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeXml(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos);/g, (whole, name: string) => entities[name] ?? whole);
}

function encodeXml(text: string): string {
  return text.replace(
    /[<>&"]/g,
    (sign) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[sign] ?? sign,
  );
}

/**
 * Scale, offset and description per band from the GDAL_METADATA text (1, 0 and '' where it is silent) and the texts of the
 * file. Anything that is not the flat `<Item>` list GDAL writes is passed over.
 */
export function readMetadata(xml: string | undefined, bands: number): Metadata {
  const texts = new Map<string, string>();
  const interpretations = new Map<number, string>();
  const descriptions = new Array<string>(bands).fill('');
  const scales = new Array<number>(bands).fill(1);
  const offsets = new Array<number>(bands).fill(0);
  for (let at = xml?.indexOf('<Item') ?? -1; xml !== undefined && at >= 0; ) {
    const open = xml.indexOf('>', at);
    const close = open < 0 ? -1 : xml.indexOf('</Item>', open);
    if (close < 0) break;
    const attributes = xml.slice(at, open);
    // GDAL escapes the text once itself and once more as XML (gtiffdataset_write.cpp).
    const text = decodeXml(decodeXml(xml.slice(open + 1, close)));
    const band = Number(/ sample="(\d{1,9})"/.exec(attributes)?.[1] ?? 'NaN');
    const role = / role="(\w{1,20})"/.exec(attributes)?.[1];
    const domain = / domain="([^"]{0,64})"/.exec(attributes)?.[1] ?? '';
    const name = / name="([^"]{1,256})"/.exec(attributes)?.[1];
    if (Number.isNaN(band) && domain === '' && name !== undefined) texts.set(decodeXml(name), text);
    if (band < bands) {
      if (role === 'colorinterp') interpretations.set(band, text);
      const number = Number(text);
      if (role === 'description') descriptions[band] = text;
      else if (role === 'scale' && Number.isFinite(number)) scales[band] = number;
      else if (role === 'offset' && Number.isFinite(number)) offsets[band] = number;
    }
    at = xml.indexOf('<Item', close);
  }
  return { descriptions, scales, offsets, texts: Object.fromEntries(texts), interpretations };
}

/** The GDAL_METADATA text for these bands, or undefined when there is nothing to say. */
export function writeBandMetadata(metadata: BandMetadata): string | undefined {
  const items: string[] = [];
  const add = (role: string, band: number, text: string): void => {
    items.push(
      `  <Item name="${role.toUpperCase()}" sample="${band}" role="${role}">${encodeXml(encodeXml(text))}</Item>\n`,
    );
  };
  metadata.descriptions.forEach((text, band) => {
    if (text !== '') add('description', band, text);
  });
  // GDAL takes a band's offset and scale together, so both are written when either is set.
  metadata.scales.forEach((scale, band) => {
    const offset = metadata.offsets[band] ?? 0;
    if (scale === 1 && offset === 0) return;
    add('offset', band, String(offset));
    add('scale', band, String(scale));
  });
  return items.length === 0 ? undefined : `<GDALMetadata>\n${items.join('')}</GDALMetadata>\n`;
}
