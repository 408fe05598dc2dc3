import { FurrowError } from '../../../src/errors.ts';
import { saveParcels } from '../../../src/store/save-parcels.ts';
import { storeFor } from '../../../src/store/store-for.ts';
import { placed, placedSet, storedSeason } from '../../store/placed-season.ts';
import type { House } from './house.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';
import { asTenant } from './things.ts';

export interface SharedNamesTrial {
  readonly house: House;
  /** Each has a dataset that nobody else may see. */
  readonly private: readonly [Tenant, Tenant];
  /** Shows one of the same name to everybody. */
  readonly publisher: Tenant;
  readonly tally: Tally;
}

const name = 'of one name';
const coded = encodeURIComponent(name);
const group = 'datasets of one name stay apart';

/**
 * Three owners call a dataset the same: each sees and changes the own one, the public one of the third is reached by OWNER/NAME, and no
 * answer tells whether somebody else has one that may not be seen.
 */
export async function trySharedNames(trial: SharedNamesTrial): Promise<void> {
  const { house, publisher, tally } = trial;
  const all = [...trial.private, publisher];
  const own = (tenant: Tenant) => storeFor(house.service, tenant.name);
  const marked = ({ inside, number }: Tenant, count: number) =>
    placedSet(
      name,
      Array.from({ length: count }, (_, i) => placed(i + 1, [number, 10 + i], { crop: inside })),
    );
  for (const tenant of all) {
    await storedSeason(own(tenant), name, { count: 3, of: tenant.number });
    const { dataset } = await saveParcels(own(tenant), marked(tenant, 3), { year: 2026 });
    if (tenant === publisher)
      await own(tenant).query(`insert into furrow.grants (dataset_id, role) values ($1, 'public')`, [
        dataset,
      ]);
  }
  const text = async (who: Tenant, path: string) => {
    const answer = await asTenant(house, who, 'GET', path);
    return { status: answer.status, text: await answer.text() };
  };
  /** What is wrong with an answer that should be made of the data of one tenant alone. */
  const notOf = async (who: Tenant, of: Tenant, path: string, shows: boolean) => {
    const answer = await text(who, path);
    const strange = all.find((one) => one !== of && answer.text.includes(one.inside));
    const wrong =
      strange !== undefined
        ? `what is ${strange.name}'s is in it`
        : answer.status !== 200
          ? `${answer.status}: ${answer.text.slice(0, 150)}`
          : shows && !answer.text.includes(of.inside)
            ? `what is ${of.name}'s is not in it`
            : undefined;
    return wrong && `${who.name} ${path}: ${wrong}`;
  };
  const series = async (who: Tenant, of: Tenant, at: string) => {
    const answer = await text(who, `/parcels/${at}/1/series?band=B04`);
    const dates = answer.status === 200 ? (JSON.parse(answer.text) as { dates: unknown[] }).dates.length : -1;
    return dates === of.number ? undefined : `${who.name} ${at}: ${dates} dates, not ${of.number}`;
  };
  const readAll = async (who: Tenant, of: Tenant, at: string) => {
    for (const path of [`/parcels/${at}`, `/parcels/${at}/items`, `/parcels/${at}/1`])
      tally.try(group, await notOf(who, of, path, true));
    const coordinates = `aoi=${at}&year=2026&pid=P-1`;
    tally.try(group, await notOf(who, of, `/query/parcelByID?${coordinates}`, true));
    tally.try(group, await notOf(who, of, `/query/parcelTimeSeries?${coordinates}`, false));
    tally.try(group, await notOf(who, of, `/tiles/parcels/${at}/tile.json`, false));
    tally.try(group, await notOf(who, of, `/tiles/parcels/${at}/0/0/0.mvt`, false));
    tally.try(group, await series(who, of, at));
  };
  const ownedBy = (tenant: Tenant, what = name) => encodeURIComponent(`${tenant.name}/${what}`);

  for (const who of all) {
    await readAll(who, who, coded);
    await readAll(who, who, ownedBy(who));
    await readAll(who, publisher, ownedBy(publisher));
    for (const other of trial.private.filter((one) => one !== who))
      for (const rest of ['', '/items', '/1', '/1/series', '/statistics?day=2026-03-28']) {
        const there = await text(who, `/parcels/${ownedBy(other)}${rest}`);
        const notThere = await text(who, `/parcels/${ownedBy(other, 'nothing')}${rest}`);
        const same = message(there.text).replace(name, 'nothing') === message(notThere.text);
        tally.try(
          'nobody learns whether a name is taken',
          there.status === 404 && notThere.status === 404 && same
            ? undefined
            : `${who.name} ${other.name}${rest}: ${there.status} ${there.text.slice(0, 100)}, ${notThere.status} ${notThere.text.slice(0, 100)}`,
        );
      }
  }

  const [first, second] = trial.private;
  await saveParcels(own(first), marked(first, 5));
  for (const at of [second, publisher]) {
    const refused = await saveParcels(own(first), { ...marked(first, 1), name: `${at.name}/${name}` }).then(
      () => `${first.name} wrote into ${at.name}/${name}`,
      (error: unknown) => (error instanceof FurrowError ? undefined : String(error)),
    );
    tally.try(group, refused);
  }
  for (const who of all) {
    const { parcels } = JSON.parse((await text(who, `/parcels/${coded}`)).text) as { parcels: number };
    const expected = who === first ? 5 : 3;
    tally.try(
      group,
      parcels === expected ? undefined : `${who.name} has ${parcels} parcels, not ${expected}`,
    );
  }
}

/** Of a problem; the rest of it differs from request to request. */
function message(problem: string): string {
  return String((JSON.parse(problem) as { message?: unknown }).message);
}
