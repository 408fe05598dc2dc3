import { Reply, Router, XPublisher } from 'zeromq';
import { type Connection, endpoint } from './connection.ts';
import { AddressRefused } from './errors.ts';

/** The five sockets of a kernel, bound but not read yet. */
export interface BoundSockets {
  readonly shell: Router;
  readonly control: Router;
  readonly stdin: Router;
  readonly hb: Reply;
  readonly iopub: XPublisher;
}

/** Messages that one subscriber's queue holds; what goes beyond waits in an `IopubQueue`. */
const subscriberMessages = 125;

/**
 * Makes and binds all sockets of a connection. Rejects with `AddressRefused` when one is taken. The first thing a kernel
 * does: a client that finds nobody listening tries again only after 100 ms (ZMQ_RECONNECT_IVL).
 */
export async function bindSockets(connection: Connection): Promise<BoundSockets> {
  const curve = connection.curveSecretKey
    ? { curveServer: true, curveSecretKey: connection.curveSecretKey }
    : undefined;
  const router = () => new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000, ...curve });
  const shell = router();
  const control = router();
  const stdin = router();
  const heartbeat = new Reply({ linger: 0, ...curve });
  const iopub = new XPublisher({
    sendHighWaterMark: subscriberMessages,
    noDrop: true,
    linger: 1000,
    sendTimeout: 0,
    ...curve,
  });
  iopub.verbosity = 'allSubs';
  const all = { shell, control, stdin, hb: heartbeat, iopub };
  await bindAll(all, connection);
  return all;
}

async function bindAll(
  sockets: Readonly<Record<keyof Connection['ports'], Router | Reply | XPublisher>>,
  connection: Connection,
): Promise<void> {
  const bound = Object.entries(sockets).map(async ([name, socket]) => {
    const address = endpoint(connection, name as keyof Connection['ports']);
    try {
      await socket.bind(address);
    } catch (cause) {
      throw new AddressRefused(
        `The ${name} channel cannot be served at ${address}: ${(cause as Error).message}`,
        { cause },
      );
    }
  });
  const [failed] = (await Promise.allSettled(bound)).filter((result) => result.status === 'rejected');
  if (failed === undefined) return;
  for (const socket of Object.values(sockets)) socket.close();
  throw failed.reason;
}
