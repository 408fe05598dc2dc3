-- A name is its owner's: two owners may call a dataset the same, and nobody learns what others call theirs. Among several that
-- can be seen OWNER/NAME says which, so no new name has a '/'; older ones that have stay.
alter table furrow.dataset drop constraint dataset_name_key;
-- Names first: who asks by name alone is served by this index too.
alter table furrow.dataset add unique (name, owner);

create function furrow.check_dataset_name() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
    begin
      if tg_op = 'UPDATE' and new.name = old.name then
        return new;
      end if;
      if position('/' in new.name) > 0 then
        raise exception 'a dataset cannot be called ''%'': / stands between owner and name', new.name using errcode = 'check_violation';
      end if;
      -- A writer that could rename would learn from a refusal what else the owner has.
      if tg_op = 'UPDATE' and not furrow.owns(old.id) and current_setting('is_superuser') <> 'on' then
        raise exception 'dataset % is renamed by its owner alone', old.id using errcode = 'insufficient_privilege';
      end if;
      return new;
    end
  $$;

create trigger check_name before insert or update of name on furrow.dataset
  for each row execute function furrow.check_dataset_name();
