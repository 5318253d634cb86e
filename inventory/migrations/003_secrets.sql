-- Keys that never leave the record. The first: of the pseudonyms of people in the twin feed. Assets that named a person
-- go; they are told again under their pseudonym with the next change.

CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
DELETE FROM twin_events WHERE asset IN (SELECT asset FROM twin_assets WHERE state LIKE '%"caller_kind":"person"%');
DELETE FROM twin_assets WHERE state LIKE '%"caller_kind":"person"%';
