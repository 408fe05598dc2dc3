-- Who asks, as expressions that are parsed once, here: they need no search path of their own, and so stand in the plan of every question
-- under row-level security instead of being run as statements within it.
create or replace function furrow.identity_of(who text) returns text
  language sql stable parallel safe
  return case
    when session_user = 'furrow_service' and who = 'furrow_service'
      then nullif(current_setting('furrow.identity', true), '')
    else who
  end;
create or replace function furrow.identity() returns text
  language sql stable parallel safe
  return furrow.identity_of(current_user::text);
