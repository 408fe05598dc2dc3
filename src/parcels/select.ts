/**
 * Rearranges `values[from..to)` so that the value of rank `k` (a position in that range) stands at `k`, nothing larger
 * before it and nothing smaller after it. Hoare's FIND with the median of three, insertion for short ranges. No NaN.
 */
export function selectRank(values: Float64Array | Int32Array, k: number, from: number, to: number): void {
  let left = from;
  let right = to - 1;
  while (right - left > 16) {
    const pivot = medianOfThree(
      values[left] as number,
      values[(left + right) >>> 1] as number,
      values[right] as number,
    );
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i <= j) {
        const swapped = values[i] as number;
        values[i++] = values[j] as number;
        values[j--] = swapped;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return;
  }
  for (let i = left + 1; i <= right; i++) {
    const value = values[i] as number;
    let j = i - 1;
    while (j >= left && (values[j] as number) > value) {
      values[j + 1] = values[j] as number;
      j--;
    }
    values[j + 1] = value;
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
