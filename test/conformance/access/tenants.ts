import { randomBytes } from 'node:crypto';
import { type Scope, scopes } from '../../../src/accounts/caller.ts';
import { openPasswords } from '../../../src/accounts/passwords.ts';
import { storeToken } from '../../../src/accounts/tokens.ts';
import { addAccount } from '../../../src/accounts/users.ts';
import type { Collection } from '../../../src/catalog/collection.ts';
import { chooseImages } from '../../../src/extract/choose-images.ts';
import { imageRecord } from '../../../src/extract/image-record.ts';
import type { ParcelSet } from '../../../src/parcels/parcel.ts';
import { claimImage } from '../../../src/store/claims.ts';
import { type ImageRecord, registerImages } from '../../../src/store/images.ts';
import { saveParcels } from '../../../src/store/save-parcels.ts';
import type { Store } from '../../../src/store/store.ts';
import { storeFor } from '../../../src/store/store-for.ts';
import { writeImage } from '../../../src/store/write-signatures.ts';

/** Somebody with an account and one dataset, in which texts hold its words and every number tells whose it is. */
export interface Tenant {
  readonly name: string;
  /** From 1 on: numbers of its signatures begin with it. */
  readonly number: number;
  /** A word in the names by which others could ask for what is the tenant's: labels of parcels, name and area of the dataset. */
  readonly mark: string;
  /** A word that stands in what is the tenant's and in no name: whoever reads it has seen something. */
  readonly inside: string;
  readonly password: string;
  /** Of all scopes. */
  readonly token: string;
  readonly scoped: Readonly<Record<Scope, string>>;
  readonly expired: string;
  readonly dataset: string;
  readonly datasetId: number;
  readonly year: number;
  readonly pids: readonly number[];
}

/** Values of tenant 3 lie in 3000 to 3999. */
export const valuesOfTenant = 1000;
const year = 2026;
const statistics = ['mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'];
const bands = ['B04', 'B08', 'ndvi'];

export interface TenantSources {
  /** A connection of furrow_service. */
  readonly service: Store;
  /** Outlines of the parcels: the same for all, under the same pids. */
  readonly parcels: ParcelSet;
  readonly season: Collection;
}

/** Makes the account of a tenant with tokens of all kinds, and its dataset. */
export async function makeTenant(
  { service, parcels, season }: TenantSources,
  number: number,
): Promise<Tenant> {
  const name = `tenant-${number}`;
  const mark = `mark${randomBytes(6).toString('hex')}`;
  const inside = `inside${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('base64url');
  await addAccount(service, { name, password: await openPasswords().hash(password) });
  const clock = () => new Date();
  const token = async (which: readonly Scope[], days: number) => {
    const expires = new Date(Date.now() + days * 86_400_000);
    const wanted = { account: name, scopes: which, expires, origin: 'administrator' } as const;
    return (await storeToken(service, wanted, { clock })).token;
  };
  const own = storeFor(service, name);
  const dataset = `fields ${mark}`;
  const set = {
    ...parcels,
    name: dataset,
    parcels: parcels.parcels.map((parcel) => ({
      ...parcel,
      label: `${mark}-${parcel.pid}`,
      crop: inside,
      attributes: { note: inside },
    })),
  };
  const facts = { year, aoi: mark, attributes: { note: inside } };
  const { dataset: datasetId } = await saveParcels(own, set, facts);
  const pids = set.parcels.map(({ pid }) => pid);
  // Everybody has the images of the same names, and says something else of them.
  const images = (await imagesOf(season)).map((image) => ({ ...image, assets: { B04: `/data/${inside}` } }));
  await writeSeason(own, { dataset: datasetId, number, pids, images, bands: [...bands, inside] });
  return {
    name,
    number,
    mark,
    inside,
    password,
    token: await token(scopes, 1),
    scoped: {
      openeo: await token(['openeo'], 1),
      parcels: await token(['parcels'], 1),
      publish: await token(['publish'], 1),
    },
    // The last: making another drops those that are over.
    expired: await token(scopes, -1),
    dataset,
    datasetId,
    year,
    pids,
  };
}

/** Sentinel-2 images of the season as an extraction registers them. */
async function imagesOf(season: Collection): Promise<ImageRecord[]> {
  const items = await season.items();
  const records = chooseImages(items, {}).map((chosen) => imageRecord(season.id, chosen));
  return records.filter(({ sensor }) => sensor === 'sentinel-2');
}

interface SeasonOfTenant {
  readonly dataset: number;
  readonly number: number;
  readonly pids: readonly number[];
  readonly images: readonly ImageRecord[];
  readonly bands: readonly string[];
}

/** Rows whose every number is that of the tenant x 1000 and something below. */
async function writeSeason(
  store: Store,
  { dataset, number, pids, images, bands: measured }: SeasonOfTenant,
): Promise<void> {
  await registerImages(store, { dataset, recipe: 'access', images });
  for (let image = 0; ; image++) {
    const claim = await claimImage(store, { dataset });
    if (claim === undefined) return;
    const v = pids.flatMap((pid) =>
      measured.flatMap(() =>
        statistics.map(() => number * valuesOfTenant + ((pid * 31 + image) % valuesOfTenant)),
      ),
    );
    await writeImage(store, claim, {
      signatures: [
        {
          layout: { sensor: 'sentinel-2', bands: measured, stats: statistics },
          pid: pids,
          n: pids.map(() => number),
          v: Float32Array.from(v),
        },
      ],
      histograms: [],
    });
  }
}
