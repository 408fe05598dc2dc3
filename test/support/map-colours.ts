import type { Page } from 'playwright-core';

/** Different colours on the canvas of a map (code that gives it in the page), of a sample of its pixels. */
export const coloursOfMap = (page: Page, map: string): Promise<number> =>
  page.evaluate<number>(`new Promise((resolve) => {
    const map = ${map};
    map.once('render', () => {
      const gl = map.getCanvas().getContext('webgl2') ?? map.getCanvas().getContext('webgl');
      const { width, height } = map.getCanvas();
      const pixels = new Uint8Array(width * height * 4);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      const colours = new Set();
      for (let i = 0; i < pixels.length; i += 4 * 37) colours.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
      resolve(colours.size);
    });
    map.triggerRepaint();
  })`);
