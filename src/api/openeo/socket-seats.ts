import { addressKey } from '../../accounts/login-tries.ts';
import { TooManyRequests } from '../../errors.ts';
import { limit } from '../../limits.ts';

/** Sockets that are open at a time: each of them asks the store twice a second. */
export interface SocketSeats {
  /**
   * Counts one more, of an account and of the address it comes from (IPv6: of its first 64 bits), until what is given back is called;
   * again has no effect. Throws `TooManyRequests` (limits `followedLogs` and `followedLogsAtAddress`).
   */
  take(account: string, address: string): () => void;
}

export function openSeats(): SocketSeats {
  const accounts = new Map<string, number>();
  const addresses = new Map<string, number>();
  return {
    take(account, address) {
      const place = addressKey(address);
      const [mostOfOne, mostOfPlace] = [limit('followedLogs'), limit('followedLogsAtAddress')];
      if ((accounts.get(account) ?? 0) >= mostOfOne)
        throw new TooManyRequests(`${mostOfOne} logs are followed already: close one of them`);
      if ((addresses.get(place) ?? 0) >= mostOfPlace)
        throw new TooManyRequests(
          `${mostOfPlace} logs are followed from this address already: close one of them`,
        );
      change(accounts, account, 1);
      change(addresses, place, 1);
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        change(accounts, account, -1);
        change(addresses, place, -1);
      };
    },
  };
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now === 0) counts.delete(key);
  else counts.set(key, now);
}
