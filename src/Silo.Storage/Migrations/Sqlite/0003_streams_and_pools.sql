-- Units know the stream (a number of MailStream; 1 is normal mail, as all was before) and the sending pool of their message.
ALTER TABLE units ADD COLUMN stream INTEGER NOT NULL DEFAULT 1;
ALTER TABLE units ADD COLUMN pool TEXT;
