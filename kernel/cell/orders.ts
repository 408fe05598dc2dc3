import { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import type { JsonObject } from '../messages.ts';
import { type Frame, FrameReader, messageFrame } from './frames.ts';
import { type Order, orderDescriptor } from './protocol.ts';

/** The frame of an order. Throws `InvalidArgument` when it is too large to be sent. */
export function orderFrame(order: Order): Buffer {
  const { buffers, ...json } = order.type === 'comm' ? order : { ...order, buffers: [] };
  return messageFrame(0, json as JsonObject, buffers);
}

/** The order of a frame that `orderFrame` made. */
export function orderOf(frame: Frame): Order | undefined {
  if (frame.kind !== 'message') return undefined;
  const order = frame.message as unknown as Order;
  return order.type === 'comm' ? { ...order, buffers: frame.buffers } : order;
}

/**
 * Receives the orders of the kernel, by a pipe of our own and not by Node's channel between processes, which code of a
 * cell could listen to (`process.on('message')`) or close. `closed`: the kernel is gone.
 */
export function receiveOrders(obey: (order: Order) => void, closed: () => void): void {
  const reader = new FrameReader();
  const waiting: Frame[] = [];
  const next = (): void => {
    const frame = waiting.shift();
    // Before it is obeyed: an interrupt may terminate that, and what comes after it must not be lost.
    if (waiting.length > 0) setImmediate(next);
    const order = frame && orderOf(frame);
    if (order) obey(order);
  };
  const socket = new Socket({ fd: orderDescriptor, readable: true, writable: false });
  socket.on('data', (chunk: Buffer) => {
    const idle = waiting.length === 0;
    waiting.push(...reader.push(chunk));
    if (idle && waiting.length > 0) next();
  });
  socket.on('close', closed);
}
