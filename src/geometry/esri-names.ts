/**
 * EPSG codes of systems of `crs-table.ts` by the names that ESRI's WKT (.prj files) gives them: above all of those that need a
 * shift of datum, as that WKT has neither code nor shift, and without it parcels would lie a hundred metres off.
 */
const codes: Readonly<Record<string, number>> = {
  GCS_WGS_1984: 4326,
  GCS_ETRS_1989: 4258,
  ETRS_1989_LAEA: 3035,
  'CH1903+_LV95': 2056,
  CH1903_LV03: 21781,
  Belge_Lambert_1972: 31370,
  RD_New: 28992,
  S_JTSK_Krovak_East_North: 5514,
  'S-JTSK_Krovak_East_North': 5514,
  'S-JTSK_[JTSK03]_Krovak_East_North': 8353,
  British_National_Grid: 27700,
  MGI_Austria_Lambert: 31287,
  LUREF_Luxembourg_TM: 2169,
  Luxembourg_1930_Gauss: 2169,
  Hungarian_1972_Egyseges_Orszagos_Vetuleti: 23700,
  Greek_Grid: 2100,
  Pulkovo_1942_Adj_58_Stereo_70: 3844,
  Stereo_70: 3844,
  DHDN_3_Degree_Gauss_Zone_2: 31466,
  DHDN_3_Degree_Gauss_Zone_3: 31467,
  DHDN_3_Degree_Gauss_Zone_4: 31468,
  DHDN_3_Degree_Gauss_Zone_5: 31469,
};

/** Zones: northern on WGS 84, southern, and on ETRS89. */
const zones = /^(WGS_1984|ETRS_1989)_UTM_Zone_(\d{1,2})([NS])$/;

/** The code of the system that a WKT names in ESRI's way, or undefined. */
export function esriCode(wkt: string): number | undefined {
  const name = /^(?:PROJCS|GEOGCS)\["([^"]+)"/.exec(wkt)?.[1];
  const [, datum, zone, half] = zones.exec(name ?? '') ?? [];
  if (zone !== undefined)
    return (datum === 'ETRS_1989' ? 25800 : half === 'N' ? 32600 : 32700) + Number(zone);
  return name !== undefined && Object.hasOwn(codes, name) ? codes[name] : undefined;
}
