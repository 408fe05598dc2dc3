import { decode } from 'fast-png';
import type { Page } from 'playwright-core';

/** The mean colour `[r, g, b]` of a part of the page. */
export async function pixelsOf(
  page: Page,
  clip: { x: number; y: number; width: number; height: number },
): Promise<number[]> {
  const { data, channels, width, height } = decode(await page.screenshot({ clip }));
  const sums = [0, 0, 0];
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) sums[c] = (sums[c] ?? 0) + (data[i * channels + c] ?? 0);
  return sums.map((sum) => Math.round(sum / (width * height)));
}
