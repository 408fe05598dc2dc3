import { connect } from 'node:net';

/** Sends bytes as they are, and gives all that comes back until the other side closes or `patienceMs` pass. */
export async function rawRequest(server: string, text: string, patienceMs = 3000): Promise<string> {
  const { hostname, port } = new URL(server);
  const socket = connect(Number(port), hostname);
  socket.setEncoding('latin1');
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  let answer = '';
  try {
    socket.write(text, 'latin1');
    for await (const part of socket) answer += part;
  } catch (error) {
    // A reset after the answer is an end too.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  return answer;
}

/** The status of an answer as `rawRequest` gives it; 0 where there is none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
}
