/** A season of five-day dates; every fourth date has no clear pixel, every fourth but one is cloudy. */
export function season(dates: number) {
  return Array.from({ length: dates }, (_, i) => {
    const value = 0.4 - 0.3 * Math.cos((i / dates) * 2 * Math.PI);
    const clear = i % 4 === 3 ? 0 : i % 4 === 1 ? 0.3 : 1;
    const known = (number: number) => (clear === 0 ? Number.NaN : number);
    return {
      datetime: new Date(Date.UTC(2026, 0, 3 + 5 * i, 10, 30)).toISOString(),
      itemId: `item-${i}`,
      n: Math.round(120 * clear),
      mean: known(value),
      p25: known(value - 0.04),
      p50: known(value),
      p75: known(value + 0.05),
      clear,
    };
  });
}
