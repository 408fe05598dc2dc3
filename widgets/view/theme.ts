/** Colours for drawings that cannot use CSS variables (WebGL, plotly). Crop and index colours do not belong here. */
export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly border: string;
  readonly brand: string;
  readonly grid: string;
  readonly outline: string;
  readonly selection: string;
}

const attributes = ['data-jp-theme-light', 'data-jp-theme-name', 'class', 'style'];

/**
 * The colours in force at an element: JupyterLab's variables, else the system's colours. An element is painted by the
 * browser itself, so that any notation of a theme comes back as rgb().
 */
export function readTheme(at: HTMLElement): Theme {
  const probe = document.createElement('span');
  probe.style.display = 'none';
  at.append(probe);
  const resolve = (variable: string, fallback: string) => {
    probe.style.color = `var(${variable}, ${fallback})`;
    return getComputedStyle(probe).color;
  };
  const background = resolve('--jp-layout-color1', 'Canvas');
  const text = resolve('--jp-ui-font-color1', 'CanvasText');
  const border = resolve('--jp-border-color1', 'GrayText');
  const brand = resolve('--jp-brand-color1', 'LinkText');
  probe.remove();
  const light = brightness(background) > 127;
  return {
    background,
    text,
    border,
    brand,
    grid: light ? 'rgba(0, 0, 0, 0.12)' : 'rgba(255, 255, 255, 0.16)',
    outline: light ? 'rgba(40, 40, 40, 0.55)' : 'rgba(235, 235, 235, 0.5)',
    selection: light ? '#c2185b' : '#ff4081',
  };
}

function brightness(color: string): number {
  const [r = 255, g = 255, b = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

/**
 * Calls back when the page changes between light and dark; the function returned stops that. JupyterLab sets its attributes
 * on `body` after the style sheet is in force, so the new colours can be read at once.
 */
export function observeTheme(at: HTMLElement, changed: (theme: Theme) => void): () => void {
  let last = JSON.stringify(readTheme(at));
  const check = () => {
    const theme = readTheme(at);
    const now = JSON.stringify(theme);
    if (now === last) return;
    last = now;
    changed(theme);
  };
  const observer = new MutationObserver(check);
  for (const element of [document.body, document.documentElement])
    observer.observe(element, { attributes: true, attributeFilter: attributes });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', check);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', check);
  };
}
