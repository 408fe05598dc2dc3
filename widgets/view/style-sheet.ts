const id = 'furrow-widgets-style';

const css = `
.furrow-widget { color: var(--jp-ui-font-color1, CanvasText); font: var(--jp-ui-font-size1, 13px)/1.4 var(--jp-ui-font-family, system-ui, sans-serif); min-width: 0; width: 100%; }
.furrow-title { font-weight: 600; margin: 2px 0 4px; overflow-wrap: anywhere; }
.furrow-title:empty, .furrow-status:empty { display: none; }
.furrow-drawing { position: relative; width: 100%; overflow: hidden; box-sizing: border-box; background: var(--jp-layout-color1, Canvas); border: 1px solid var(--jp-border-color1, GrayText); }
.furrow-drawing:focus-visible, .furrow-drawing :focus-visible { outline: 2px solid var(--jp-brand-color1, Highlight); outline-offset: -2px; }
.furrow-drawing .furrow-map { position: absolute; inset: 0; width: 100%; height: 100%; }
.furrow-message { position: absolute; left: 50%; top: 50%; transform: translate(-50%, -50%); max-width: 80%; padding: 6px 12px; z-index: 3; pointer-events: none; text-align: center; overflow-wrap: anywhere; background: var(--jp-layout-color1, Canvas); border: 1px solid var(--jp-border-color1, GrayText); border-radius: 3px; }
.furrow-message:empty { display: none; }
.furrow-message[data-kind='error'] { border-color: var(--jp-error-color1, #d32f2f); }
.furrow-tooltip { position: absolute; z-index: 4; pointer-events: none; max-width: 260px; padding: 3px 8px; overflow-wrap: anywhere; white-space: pre-line; background: var(--jp-layout-color1, Canvas); color: var(--jp-ui-font-color1, CanvasText); border: 1px solid var(--jp-border-color1, GrayText); border-radius: 3px; box-shadow: 0 1px 4px rgba(0, 0, 0, 0.3); }
.furrow-tooltip[hidden] { display: none; }
.furrow-legend { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 14px; margin: 4px 0 0; padding: 0; list-style: none; max-height: 8em; overflow: auto; }
.furrow-legend li { display: flex; align-items: center; gap: 6px; margin: 0; }
.furrow-swatch { width: 12px; height: 12px; border: 1px solid var(--jp-border-color1, GrayText); flex: none; }
.furrow-count { opacity: 0.65; }
.furrow-status { margin: 4px 0 0; min-height: 1.4em; overflow-wrap: anywhere; }
.furrow-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px; margin: 4px 0 0; }
.furrow-bar > span { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.furrow-bar label { display: flex; align-items: center; gap: 6px; }
.furrow-scale { display: flex; align-items: center; gap: 6px; }
.furrow-scale[hidden] { display: none; }
.furrow-ramp { width: 140px; height: 12px; border: 1px solid var(--jp-border-color1, GrayText); }
.furrow-widget .maplibregl-ctrl-group { background: var(--jp-layout-color1, Canvas); }
.furrow-widget .maplibregl-ctrl-scale { background: var(--jp-layout-color1, Canvas); color: inherit; border-color: currentColor; opacity: 0.85; }
.furrow-widget .maplibregl-cooperative-gesture-screen { z-index: 3; text-align: center; }
[data-jp-theme-light='false'] .furrow-widget .maplibregl-ctrl-icon { filter: invert(1); }
`;

/** Adds the style sheet of the widgets to the document, once. Colours are the theme's variables, with system colours behind. */
export function installStyleSheet(): void {
  if (document.getElementById(id) !== null) return;
  const style = document.createElement('style');
  style.id = id;
  style.textContent = css;
  document.head.append(style);
}
