-- Which kinds of delay the sender of a unit was told of: a bit for each number of DelayType.
ALTER TABLE units ADD COLUMN delays_told INTEGER NOT NULL DEFAULT 0;
