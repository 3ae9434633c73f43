-- Units know the domain that their message is sent for, and the pool that they leave by while they overflow from a warm-up.
ALTER TABLE units ADD COLUMN sending_domain text COLLATE "C";
ALTER TABLE units ADD COLUMN overflow_pool text COLLATE "C";
