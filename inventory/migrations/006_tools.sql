-- Definitions of tools, by who declares them (`caller/NAME`, `service/ID`), the tool and the SHA-256 of what it says.

-- What people say, and what the configuration took on trust. Never dropped by a rebuild.

CREATE TABLE tool_choices (
  source TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, status TEXT NOT NULL, note TEXT NOT NULL,
  decided_by TEXT NOT NULL, decided_at BIGINT NOT NULL, PRIMARY KEY (source, tool, digest));

-- Derived rows: a rebuild drops them and makes them again from the evidence log.

CREATE TABLE tool_definitions (
  source TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, first_seen BIGINT NOT NULL, decision TEXT NOT NULL,
  PRIMARY KEY (source, tool, digest));
