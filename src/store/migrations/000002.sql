-- What the work on an image was done with, and why this image was chosen.
alter table furrow.extraction
  -- What the catalog said of the image: another version is extracted again.
  add column version text,
  -- What the files were (mtime and size, or ETags); null where nobody looked.
  add column files text,
  -- Why this image is used, or not, beside others of its acquisition.
  add column choice text,
  -- The token of the claim that finished it: whose commit got through when its answer was lost.
  add column finished_with uuid;
