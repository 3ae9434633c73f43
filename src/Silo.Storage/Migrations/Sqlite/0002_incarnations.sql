-- One more with each opening of the file.
INSERT INTO meta (name, value) VALUES ('incarnations', 0);
