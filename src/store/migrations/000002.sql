-- Which pass an image belongs to: overlapping tiles of one pass count once a parcel when a season is read.
alter table furrow.image add column acquisition text;
grant update (acquisition) on furrow.image to furrow_service, furrow_user;
