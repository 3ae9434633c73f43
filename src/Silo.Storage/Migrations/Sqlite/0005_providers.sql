-- Units know the mailbox provider of a recipient whose domain does not tell it; null for what the domain is known for.
ALTER TABLE units ADD COLUMN provider TEXT;
