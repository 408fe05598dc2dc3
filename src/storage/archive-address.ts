import { InvalidArgument, Unsupported } from '../errors.ts';

export type ArchiveKind = 'zip' | 'tar';

/** A member of an archive: where the archive is (path, file, http, https or s3) and the member's name as written in it. */
export interface ArchiveAddress {
  readonly kind: ArchiveKind;
  readonly archive: string;
  /** Undefined: the archive's only file. */
  readonly member: string | undefined;
}

const urlForm = /^(zip|tar)(?:\+([a-z][a-z0-9+.-]*))?:\/\/(.*)$/is;
const gdalForm = /^\/vsi(zip|tar)\/(.*)$/is;

/**
 * Reads `zip+https://host/a.zip!/inner.tif`, `tar+s3://bucket/a.tar!/inner.tif`, `zip:///folder/a.zip!/inner.tif` (rasterio's
 * form) and GDAL's `/vsizip/folder/a.zip/inner.tif`, `/vsizip/{/vsicurl/https://host/a}/inner.tif`, `/vsitar/...`; undefined for
 * an address of another form. Everything after the first `!/` is the member's name, not escaped. Throws `InvalidArgument`, and
 * `Unsupported` for an archive in an archive.
 */
export function archiveAddress(address: string): ArchiveAddress | undefined {
  const url = urlForm.exec(address);
  const gdal = url ? undefined : gdalForm.exec(address);
  if (url) {
    const [, kind = '', scheme, rest = ''] = url;
    const at = rest.indexOf('!');
    const place = at < 0 ? rest : rest.slice(0, at);
    const archive = scheme === undefined || place === '' ? place : `${scheme}://${place}`;
    return checked(kind, archive, at < 0 ? '' : rest.slice(at + 1), address);
  }
  if (!gdal) return undefined;
  const [, kind = '', rest = ''] = gdal;
  const braced = /^\{([^{}]+)\}(.*)$/s.exec(rest);
  const plain = kind.toLowerCase() === 'zip' ? /^(.*?\.(?:zip|kmz))(\/.*)?$/is : /^(.*?\.tar)(\/.*)?$/is;
  const [, archive, member = ''] = braced ?? plain.exec(rest) ?? [];
  if (archive === undefined)
    throw new InvalidArgument(
      `'${address}' does not show where the archive's name ends: write /vsi${kind}/{archive}/member, or ${kind}+file:///archive!/member`,
    );
  return checked(kind, withoutGdalPrefix(archive), member, address);
}

function checked(kind: string, archive: string, member: string, address: string): ArchiveAddress {
  if (archive === '') throw new InvalidArgument(`'${address}' names no archive`);
  if (archiveAddress(archive))
    throw new Unsupported(`'${address}': an archive inside an archive is not read; unpack the outer one`);
  const name = member.replace(/^\/+/, '');
  return { kind: kind.toLowerCase() as ArchiveKind, archive, member: name === '' ? undefined : name };
}

function withoutGdalPrefix(archive: string): string {
  const curl = /^\/vsicurl\/(https?:\/\/.*)$/is.exec(archive);
  if (curl?.[1] !== undefined) return curl[1];
  const s3 = /^\/vsis3\/(.*)$/is.exec(archive);
  if (s3?.[1] !== undefined) return `s3://${s3[1]}`;
  if (/^\/vsi[a-z0-9_]+\//i.test(archive))
    throw new Unsupported(
      `'${archive}': of GDAL's file systems /vsizip, /vsitar, /vsicurl and /vsis3 are read`,
    );
  return archive;
}
