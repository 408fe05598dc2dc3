-- Whoever was let to read datasets one table at a time, without being a member of furrow_user, has groups to be asked for too: their
-- policies look there. Rows of others are shown to nobody.
grant select on furrow.membership to public;
