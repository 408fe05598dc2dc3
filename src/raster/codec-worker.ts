import { serveTasks } from '../engine/serve-tasks.ts';
import type { CodecTasks } from './codec-pool.ts';
import { decodeTile } from './jp2-decode.ts';

// Loaded by worker threads only: see `codecPool`.
serveTasks<CodecTasks>({
  jpeg: async (input) =>
    moved((await import('./decode-jpeg.ts')).decodeJpeg(input as CodecTasks['jpeg']['input'])),
  webp: async (input) =>
    moved((await import('./decode-webp.ts')).decodeWebp(input as CodecTasks['webp']['input'])),
  lerc: async (input) =>
    moved((await import('./decode-lerc.ts')).decodeLerc(input as CodecTasks['lerc']['input'])),
  jpeg2000: async (input) => {
    const output = await decodeTile(input as CodecTasks['jpeg2000']['input']);
    return { output, transfer: output.map(({ buffer }) => buffer) };
  },
});

async function moved(decoding: Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>) {
  const output = await decoding;
  return { output, transfer: [output.buffer] };
}
