import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type Kill, kills, playRound, type RoundOutcome } from './jobs-kill/round.ts';
import { openStage, type Stage } from './jobs-kill/stage.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** A cancelled job computes no longer than this (openEO clients wait for it). */
const cancelLimitS = 2;

/**
 * Batch jobs of a real server that is killed (SIGKILL) while five run, alone or with processes of jobs, with all of its children, or
 * with the database, on PostgreSQL with accounts and on the embedded store: after a restart each job is finished with the files of
 * an undisturbed run or failed with a reason, none is lost, none ran twice at once.
 */
export async function jobsKill({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const details: Check[] = [];
  const all: RoundOutcome[] = [];
  for (const kind of ['embedded', 'PostgreSQL'] as const) {
    if (kind === 'PostgreSQL' && withoutPostgres !== undefined) {
      details.push({ name: kind, status: 'skipped', message: withoutPostgres });
      continue;
    }
    await using stage = await openStage(kind);
    for (const [at, kill] of roundsOf(short).entries()) {
      const outcome = await playRound(stage, kill);
      all.push(outcome);
      tell?.(`${kind}, round ${at + 1}, ${kill}: ${toldOf(outcome)}`);
      details.push(...checksOf(stage, `${kind}, round ${at + 1}: ${kill} killed`, outcome));
    }
  }
  const sum = (value: (outcome: RoundOutcome) => number) => all.reduce((total, one) => total + value(one), 0);
  return suiteResult('jobs-kill', details, {
    rounds: all.length,
    jobs: sum(({ jobs }) => jobs),
    finished: sum(({ finished }) => finished),
    failed_with_reason: sum(({ failed }) => failed),
    tried_again: sum(({ triedAgain }) => triedAgain),
    running_at_kill: sum(({ runningAtKill }) => runningAtKill),
    processes_of_a_job_max: Math.max(...all.map(({ mostProcesses }) => mostProcesses)),
    restart_to_last_end_max_s: rounded(Math.max(...all.map(({ seconds }) => seconds))),
    cancel_max_s: rounded(Math.max(...all.map(({ cancelSeconds }) => cancelSeconds))),
  });
}

function roundsOf(short: boolean): readonly Kill[] {
  return short ? ['server', 'machine'] : [...kills, ...kills];
}

function checksOf({ kind }: Stage, name: string, outcome: RoundOutcome): Check[] {
  const { problems, runningAtKill, cancelSeconds, jobs, finished, failed } = outcome;
  const check = (what: string, held: boolean, message: string): Check =>
    held
      ? { name: `${name}: ${what}`, status: 'passed' }
      : { name: `${name}: ${what}`, status: 'failed', message };
  return [
    check(
      'each job ended as it should',
      problems.length === 0 && finished + failed === jobs,
      problems.join('; '),
    ),
    check('jobs were running', runningAtKill > 0 || name.includes('claiming'), `${runningAtKill} on ${kind}`),
    check('a job is cancelled in time', cancelSeconds <= cancelLimitS, `${cancelSeconds} s`),
  ];
}

function toldOf({
  jobs,
  runningAtKill,
  finished,
  failed,
  triedAgain,
  seconds,
  problems,
}: RoundOutcome): string {
  const told = `${runningAtKill} running, ${finished} finished and ${failed} failed of ${jobs}, ${triedAgain} tried again, ${seconds.toFixed(1)} s`;
  return [told, ...problems].join('; ');
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
