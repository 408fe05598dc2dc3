import type { Queryable, QueryOptions } from '../store/store.ts';

/**
 * Ends the queued and running jobs of an account that is let in no more, as failed, with the reason in their logs. Their processes have
 * lost their leases, and end at their next heartbeat. Asked as the service.
 */
export async function endJobsOf(
  queryable: Queryable,
  account: string,
  options: QueryOptions = {},
): Promise<void> {
  await queryable.query(
    `with ended as (
        update furrow.job set status = 'error', lease_token = null, lease_until = null, host = null, pid = null,
          updated = clock_timestamp(), ended = clock_timestamp(), log_lines = log_lines + 1
        where owner = $1 and status in ('queued', 'running') returning id, owner, log_lines
      )
      insert into furrow.job_log (job_id, owner, n, level, message, code)
      select id, owner, log_lines, 'error', $2, 'AccountDisabled' from ended`,
    [
      account,
      'the account of the job was disabled, and the job ended with it: it does not start again by itself',
    ],
    options,
  );
}
