// Ambient declarations of what the bundler makes of files that are no modules.
declare module '*.css';

/** A text: the bundler's `matchResource` (`NAME.txt!=!FILE`) reads FILE as if it were called NAME.txt. */
declare module 'maplibre-gl-worker.txt!=!maplibre-gl/dist/maplibre-gl-worker.mjs' {
  const source: string;
  export = source;
}

declare module 'plotly.js-basic-dist-min' {
  export * from 'plotly.js';
}
