import { InvalidArgument } from '../errors.ts';

/** The milliseconds since 1970 at which a day `YYYY-MM-DD` begins in UTC. Throws `InvalidArgument` for what the calendar does not have. */
export function startOfDay(text: string): number {
  const start = Date.parse(`${text}T00:00:00Z`);
  // JavaScript takes the 31st of February for the 3rd of March.
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== text)
    throw new InvalidArgument(`there is no day ${text}`);
  return start;
}
