/**
 * The environment of a peer's process, as its own users start it: without what `start.mjs` sets for ours. Ours are started by
 * `start.mjs` beside them.
 */
export function peerEnvironment(): NodeJS.ProcessEnv {
  const { GLIBC_TUNABLES: tunables, ...others } = process.env;
  const kept = tunables?.split(':').filter((setting) => !setting.startsWith('glibc.malloc.hugetlb='));
  return kept?.length ? { ...others, GLIBC_TUNABLES: kept.join(':') } : others;
}
