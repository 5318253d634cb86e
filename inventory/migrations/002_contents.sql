-- What is in an imported file, whatever its name and compression, and whether a fuller copy has taken its place.

ALTER TABLE imports ADD COLUMN content TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN content_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN replaced BIGINT NOT NULL DEFAULT 0;
CREATE INDEX imports_content ON imports (content);
