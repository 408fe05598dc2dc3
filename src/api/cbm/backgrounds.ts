import { InvalidArgument } from '../../errors.ts';
import { listSetting } from '../../settings.ts';

/** Sources of background pictures as the administrator named them: addresses with {z}, {x} and {y}. Throws `InvalidArgument`. */
export function backgrounds(environment: NodeJS.ProcessEnv = process.env): ReadonlyMap<string, string> {
  return new Map(
    listSetting('backgrounds', environment).map((pair) => {
      const equals = pair.indexOf('=');
      const template = pair.slice(equals + 1).trim();
      if (equals < 1 || !['{z}', '{x}', '{y}'].every((part) => template.includes(part)))
        throw new InvalidArgument(
          `FURROW_BACKGROUNDS holds '${pair}': write name=address with {z}, {x} and {y}, separated by commas`,
        );
      return [pair.slice(0, equals).trim(), template];
    }),
  );
}

export function backgroundNames(): string[] {
  return [...backgrounds().keys()];
}

/** The source of that name, letter case apart; the first without a name. Throws `InvalidArgument` with the names there are. */
export function backgroundOf(name: string | undefined): { readonly name: string; readonly template: string } {
  const all = [...backgrounds()];
  const found = name === undefined ? all[0] : all.find(([own]) => own.toLowerCase() === name.toLowerCase());
  if (found === undefined)
    throw new InvalidArgument(
      all.length === 0
        ? 'this server has no source of background pictures: FURROW_BACKGROUNDS names them'
        : `there is no background '${name}'; there are ${all.map(([own]) => own).join(', ')}`,
    );
  return { name: found[0], template: found[1] };
}
