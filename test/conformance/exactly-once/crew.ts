import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WorkerOrder } from './worker.ts';
import type { ToldEvent } from './worker-event.ts';

const program = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** A worker process and what it has told. */
export interface CrewMember {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  /** The unit that it holds, as far as it has told. */
  unit: string | undefined;
  claimedAt: number;
  claims: number;
  killedAt: number | undefined;
}

/** A claim, who made it and when. */
export interface CrewClaim {
  readonly unit: string;
  readonly token: string;
  readonly member: CrewMember;
  readonly at: number;
}

/** Worker processes; one that is killed is replaced at once. */
export class Crew {
  readonly claims: CrewClaim[] = [];
  /** How often each unit was told as done. */
  readonly done = new Map<string, number>();
  readonly problems: string[] = [];
  readonly #members = new Set<CrewMember>();
  readonly #order: () => WorkerOrder;

  constructor(order: () => WorkerOrder) {
    this.#order = order;
  }

  hire(): CrewMember {
    const child = spawn(process.execPath, [program, JSON.stringify(this.#order())], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const member: CrewMember = {
      process: child,
      ended: once(child, 'close'),
      unit: undefined,
      claimedAt: 0,
      claims: 0,
      killedAt: undefined,
    };
    this.#members.add(member);
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(member, line));
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    child.on('close', (code, signal) => {
      this.#members.delete(member);
      if (signal !== 'SIGKILL' && code !== 0) this.problems.push(`a worker ended with ${code}: ${errors}`);
    });
    return member;
  }

  /** Those that live and have claimed something. */
  atWork(): CrewMember[] {
    return [...this.#members].filter(({ claims, killedAt }) => claims > 0 && killedAt === undefined);
  }

  get size(): number {
    return this.#members.size;
  }

  /** SIGKILL, with another hired in its place. */
  kill(member: CrewMember): void {
    member.killedAt = Date.now();
    member.process.kill('SIGKILL');
    this.hire();
  }

  /** Ends all that still run. */
  async dismiss(): Promise<void> {
    const members = [...this.#members];
    for (const { process } of members) process.kill('SIGKILL');
    await Promise.all(members.map(({ ended }) => ended));
  }

  #hear(member: CrewMember, line: string): void {
    const event = parsed(line);
    if (event?.kind === 'claim') {
      member.unit = event.unit;
      member.claimedAt = event.at;
      member.claims += 1;
      this.claims.push({ unit: event.unit, token: event.token, member, at: event.at });
    } else if (event?.kind === 'done') {
      member.unit = undefined;
      this.done.set(event.unit, (this.done.get(event.unit) ?? 0) + 1);
    } else if (event?.kind === 'end' && event.failed > 0)
      this.problems.push(`${event.failed} units failed or were overtaken`);
  }
}

/** The last line of a killed worker may be cut off. */
function parsed(line: string): ToldEvent | undefined {
  try {
    return JSON.parse(line) as ToldEvent;
  } catch {
    return undefined;
  }
}
