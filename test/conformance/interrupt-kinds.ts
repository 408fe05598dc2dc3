/** A way of being busy. */
export interface InterruptKind {
  /** The cell, or for a comm what its callback runs. */
  readonly code: string;
  /** The same in Python, where ipykernel can be interrupted in it. */
  readonly python?: string | undefined;
  /** What tells that it is busy, besides that time has passed. */
  readonly asks?: boolean | undefined;
  /** `timer`: it blocks after its cell has ended. `comm`: a callback of the front end's message blocks. */
  readonly after?: 'timer' | 'comm' | undefined;
}

/** By the name of their figure. */
export const interruptKinds: Readonly<Record<string, InterruptKind>> = {
  sync_loop: { code: 'while (true) {}', python: 'while True: pass' },
  loop_after_await: { code: 'await new Promise((r) => setTimeout(r, 1)); while (true) {}' },
  loop_in_timer: {
    code: 'setTimeout(() => { console.log(0); while (true) {} }, 5); undefined',
    after: 'timer',
  },
  regular_expression: {
    code: "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    python: "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
  },
  pending_await: { code: 'await new Promise(() => {})' },
  swallowing_loop: {
    code: 'for (;;) { try { for (;;) { try { for (;;) {} } finally { await null; } } } catch {} finally {} }',
    python: 'while True:\n    try:\n        while True: pass\n    except Exception: pass',
  },
  input: { code: "await input('name?')", python: "input('name?')", asks: true },
  prompt: { code: "prompt('name?')", asks: true },
  async_iteration: {
    code: "import { setInterval as every } from 'node:timers/promises'; let turns = 0; for await (const _ of every(5)) turns += 1;",
  },
  microtasks: { code: 'const again = (): Promise<void> => Promise.resolve().then(again); await again();' },
  printing: {
    code: "for (let i = 0; ; i++) console.log('line', i)",
    python: "i = 0\nwhile True:\n    print('line', i)\n    i += 1",
  },
  child: {
    code: "import { spawnSync } from 'node:child_process'; spawnSync('sleep', ['60'])",
    python: "import subprocess\nsubprocess.run(['sleep', '60'])",
  },
  shell_child: { code: "import { execSync } from 'node:child_process'; execSync('sleep 60; sleep 60')" },
  atomics_wait: { code: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)' },
  bash_magic: { code: '%%bash\nsleep 60; sleep 60' },
  comm_callback: { code: 'for (;;) {}', after: 'comm' },
};
