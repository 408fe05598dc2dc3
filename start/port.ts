import { createServer } from 'node:net';
import { StartFailed } from './start-failed.ts';

const usualPort = 8888;
const tried = 100;

/**
 * A free TCP port of 127.0.0.1. `asked` is what the user typed: that port or `StartFailed`. Without it 8888, or the next
 * free one above. 0 means any.
 */
export async function findPort(asked: number | undefined, usual = usualPort): Promise<number> {
  if (asked !== undefined) {
    const port = await tryPort(asked);
    if (typeof port === 'number') return port;
    throw new StartFailed(
      port.code === 'EACCES'
        ? `Port ${asked} is reserved for the administrator: choose one above 1023, or leave --port out.`
        : `Port ${asked} is taken by another program: choose another, or leave --port out.`,
      { cause: port },
    );
  }
  for (let candidate = usual; candidate < usual + tried; candidate++) {
    const port = await tryPort(candidate);
    if (typeof port === 'number') return port;
  }
  throw new StartFailed(
    `The ports ${usual} to ${usual + tried - 1} are all taken: name a free one with --port.`,
  );
}

/** Binds and lets go: the port that was free just now, or the reason why it is not. */
function tryPort(port: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', done);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
