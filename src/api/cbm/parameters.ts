import { Type } from 'typebox';
import { listSetting } from '../../settings.ts';

/** A truth as the service writes it. */
const spelled = ['True', 'False', 'true', 'false'] as const;

/** A truth of a request, as text. */
export const flag = (description: string) =>
  Type.Optional(Type.Unsafe<(typeof spelled)[number]>({ type: 'string', enum: [...spelled], description }));

/** Whether a flag is set; `usual` where it was left out. */
export function isSet(text: string | undefined, usual = false): boolean {
  return text === undefined ? usual : text.toLowerCase() === 'true';
}

/** What names a dataset. */
export const datasetParameters = {
  aoi: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'Area: your own, or the only one that you see; OWNER/AREA: that one. Letter case does not matter.',
    }),
  ),
  year: Type.Integer({ minimum: 1, maximum: 9999, description: 'Year of the declaration.' }),
  ptype: Type.Optional(
    Type.String({ maxLength: 200, description: 'Kind, where an area has several sets of parcels.' }),
  ),
};

/** What names one parcel. */
export const parcelParameters = {
  ...datasetParameters,
  pid: Type.String({ minLength: 1, maxLength: 500, description: 'The public identifier of the parcel.' }),
};

export const placeParameters = {
  lon: Type.Number({ minimum: -180, maximum: 180, description: 'Degrees east.' }),
  lat: Type.Number({ minimum: -90, maximum: 90, description: 'Degrees north.' }),
};

/** Whether old forms are kept where ours differ: empty objects for errors, numbers where identifiers are texts now. */
export function oldForms(): boolean {
  return listSetting('cbmCompat').includes('on');
}
