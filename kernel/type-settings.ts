import { type TypeMode, typeModes } from './type-check.ts';

const idleDefault = 300;

/** Settings of the types from the environment; each wrong value is told in a sentence and replaced by the default. */
export function typeSettings(
  { FURROW_TYPES: mode = '', FURROW_LANGUAGE_IDLE: idle = '' }: NodeJS.ProcessEnv,
  tell: (sentence: string) => void,
): { mode: TypeMode; idleMs: number } {
  const known = mode === '' ? 'warn' : typeModes.find((one) => one === mode);
  if (!known) tell(`FURROW_TYPES is '${mode}', not one of ${typeModes.join(', ')}: types are set to warn`);
  const seconds = idle === '' ? idleDefault : idle === 'never' ? Number.POSITIVE_INFINITY : Number(idle);
  const right = seconds >= 0 && idle.trim() === idle;
  if (!right)
    tell(
      `FURROW_LANGUAGE_IDLE is '${idle}', not a number of seconds (0: at once) or never: it is set to ${idleDefault}`,
    );
  return { mode: known ?? 'warn', idleMs: (right ? seconds : idleDefault) * 1000 };
}
