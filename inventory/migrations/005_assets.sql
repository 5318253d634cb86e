-- Models, callers and keys: what people decide about them, and what was seen of them. An asset is named by its kind and
-- its id: `model/SERVICE/MODEL`, `caller/NAME`, `key/ID`.

-- What people say. Never dropped by a rebuild.

CREATE TABLE asset_choices (
  asset TEXT PRIMARY KEY, status TEXT NOT NULL, note TEXT NOT NULL, expires BIGINT, owner TEXT NOT NULL,
  decided_by TEXT NOT NULL, decided_at BIGINT NOT NULL);

CREATE TABLE asset_history (
  ordinal BIGINT PRIMARY KEY, asset TEXT NOT NULL, changed_at BIGINT NOT NULL, changed_by TEXT NOT NULL,
  field TEXT NOT NULL, before_value TEXT NOT NULL, after_value TEXT NOT NULL, note TEXT NOT NULL);
CREATE INDEX asset_history_asset ON asset_history (asset, ordinal);

-- Derived rows: a rebuild drops them and makes them again from the imports and the evidence log.

CREATE TABLE asset_totals (
  asset TEXT PRIMARY KEY, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL, requests BIGINT NOT NULL,
  attempts BIGINT NOT NULL, forwarded BIGINT NOT NULL, input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL);

CREATE TABLE asset_days (
  asset TEXT NOT NULL, use_day TEXT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
  requests BIGINT NOT NULL, attempts BIGINT NOT NULL, forwarded BIGINT NOT NULL, input_tokens BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL, PRIMARY KEY (asset, use_day));

CREATE TABLE asset_changes (asset TEXT PRIMARY KEY, changed BIGINT NOT NULL);
CREATE INDEX asset_changes_changed ON asset_changes (changed);

CREATE INDEX decisions_key ON decisions (key_id, received_at);
CREATE INDEX decisions_model ON decisions (model, service, received_at);
CREATE INDEX access_keys_caller ON access_keys (caller);
CREATE INDEX caller_targets_model ON caller_targets (model, service);
