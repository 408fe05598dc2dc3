/**
 * Says how fast work goes and how long it will still take: `12/73 images, 4.1 a minute, 15 min left`. The rate is that of the
 * last few minutes, so that a slow beginning is forgotten. `now` in milliseconds.
 */
export function progressNote(
  unit: string,
  now: () => number = () => performance.now(),
): (done: number, of: number) => string {
  const began = now();
  let marks: { readonly at: number; readonly done: number }[] = [{ at: began, done: 0 }];
  return (done, of) => {
    const at = now();
    const recent = marks.filter((mark) => at - mark.at <= windowMs);
    const from = recent[0] ?? marks.at(-1) ?? { at: began, done: 0 };
    const last = recent.at(-1);
    marks = last !== undefined && at - last.at < markEveryMs ? recent : [...recent, { at, done }];
    const counted = `${done}/${of} ${unit}`;
    const perMs = (done - from.done) / (at - from.at);
    if (!(perMs > 0) || !Number.isFinite(perMs)) return counted;
    return `${counted}, ${rateText(perMs)}, ${durationText(((of - done) / perMs) * 0.001)} left`;
  };
}

const windowMs = 180_000;
const markEveryMs = 2_000;

function rateText(perMs: number): string {
  const perSecond = perMs * 1000;
  if (perSecond >= 1) return `${numberText(perSecond)} a second`;
  if (perSecond * 60 >= 1) return `${numberText(perSecond * 60)} a minute`;
  return `${numberText(perSecond * 3600)} an hour`;
}

function numberText(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}

/** `40 s`, `15 min`, `3 h 20 min`, `2 d 4 h`. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes in the decimal units of storage bills: `1.4 GB`. */
export function bytesText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? Math.round(value) : numberText(value)} ${units[step]}`;
}
