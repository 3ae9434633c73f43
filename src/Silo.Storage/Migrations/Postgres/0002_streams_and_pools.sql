-- Units know the stream (a number of MailStream; 1 is normal mail, as all was before) and the sending pool of their message.
ALTER TABLE units ADD COLUMN stream smallint NOT NULL DEFAULT 1, ADD COLUMN pool text COLLATE "C";
