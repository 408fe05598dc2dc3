import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

const answers: Readonly<Record<string, readonly [status: string, code: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'LimitExceeded',
    'address and headers of the request are too long',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'RequestTimeout', 'the request was sent too slowly'],
};

/**
 * Answers what the parser of HTTP refuses, which no route hears of, with a problem document too (RFC 9457), and closes the connection: where
 * the next request on it would begin cannot be known.
 */
export function answerBrokenRequest(
  error: Error & { readonly code?: string | undefined },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [line, code, message] = answers[error.code ?? ''] ?? [
    '400 Bad Request',
    'ArgumentInvalid',
    'this is no request of HTTP/1.1',
  ];
  const status = Number.parseInt(line, 10);
  const body = JSON.stringify({ id: randomUUID(), code, message, title: code, status, detail: message });
  const head = [
    `HTTP/1.1 ${line}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
