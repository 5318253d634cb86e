-- One text for both databases. Times are milliseconds since 1970 in UTC, digests are hex, lists are JSON, an absent
-- user, device or owner is the empty string so that it can stand in a key.

CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

-- What people and the catalogue say. Never dropped by a rebuild.

CREATE TABLE catalogue (
  service TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, vendor TEXT NOT NULL, category TEXT NOT NULL);

CREATE TABLE service_choices (
  service TEXT PRIMARY KEY, status TEXT NOT NULL, note TEXT NOT NULL, expires BIGINT, owner TEXT NOT NULL,
  decided_by TEXT NOT NULL, decided_at BIGINT NOT NULL);

CREATE TABLE service_history (
  ordinal BIGINT PRIMARY KEY, service TEXT NOT NULL, changed_at BIGINT NOT NULL, changed_by TEXT NOT NULL,
  field TEXT NOT NULL, before_value TEXT NOT NULL, after_value TEXT NOT NULL, note TEXT NOT NULL);
CREATE INDEX service_history_service ON service_history (service, ordinal);

CREATE TABLE access_keys (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, caller TEXT NOT NULL, kind TEXT NOT NULL, team TEXT NOT NULL,
  created_at BIGINT NOT NULL, created_by TEXT NOT NULL, expires BIGINT, revoked_at BIGINT, revoked_by TEXT);

CREATE TABLE users (
  name TEXT PRIMARY KEY, password TEXT NOT NULL, roles TEXT NOT NULL, created_at BIGINT NOT NULL, expires BIGINT,
  failures BIGINT NOT NULL, locked_until BIGINT NOT NULL);

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY, user_name TEXT NOT NULL, created_at BIGINT NOT NULL, expires BIGINT NOT NULL);
CREATE INDEX sessions_user ON sessions (user_name);

CREATE TABLE sign_in_tokens (token_hash TEXT PRIMARY KEY, user_name TEXT NOT NULL, expires BIGINT NOT NULL);

CREATE TABLE approval_choices (
  approval TEXT PRIMARY KEY, outcome TEXT NOT NULL, decided_by TEXT NOT NULL, note TEXT NOT NULL,
  decided_at BIGINT NOT NULL, revision BIGINT NOT NULL);

CREATE TABLE imports (
  digest TEXT NOT NULL, file TEXT NOT NULL, format TEXT NOT NULL, line_count BIGINT NOT NULL, parsed BIGINT NOT NULL,
  rejected BIGINT NOT NULL, imported_at BIGINT NOT NULL, imported_by TEXT NOT NULL, PRIMARY KEY (digest, file));

CREATE TABLE blind_spots (
  origin TEXT NOT NULL, user_name TEXT NOT NULL, device TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (origin, user_name, device, reason));

-- The two outboxes: changes to be appended to the evidence log, events to be sent to the twin.

CREATE TABLE changes (
  id TEXT PRIMARY KEY, ordinal BIGINT NOT NULL UNIQUE, created_at BIGINT NOT NULL, body TEXT NOT NULL, written_seq BIGINT);
CREATE INDEX changes_pending ON changes (written_seq, ordinal);

CREATE TABLE twin_assets (
  asset TEXT PRIMARY KEY, kind TEXT NOT NULL, version BIGINT NOT NULL, changed_at BIGINT NOT NULL, state TEXT NOT NULL);

CREATE TABLE twin_events (
  sequence BIGINT PRIMARY KEY, asset TEXT NOT NULL, version BIGINT NOT NULL, event_type TEXT NOT NULL,
  happened_at BIGINT NOT NULL, data TEXT NOT NULL);
CREATE INDEX twin_events_asset ON twin_events (asset, sequence);

CREATE TABLE twin_sinks (
  sink TEXT PRIMARY KEY, sequence BIGINT NOT NULL, last_success BIGINT, last_error TEXT NOT NULL, failures BIGINT NOT NULL);

CREATE TABLE twin_dead_letters (
  sink TEXT NOT NULL, sequence BIGINT NOT NULL, asset TEXT NOT NULL, reason TEXT NOT NULL, gave_up_at BIGINT NOT NULL,
  PRIMARY KEY (sink, sequence));

-- Uses: of imported files (origin `import:DIGEST:FILE`) and of the gateway (origin `log:ORIGIN`, derived).

CREATE TABLE uses (
  origin TEXT NOT NULL, service TEXT NOT NULL, host TEXT NOT NULL, user_name TEXT NOT NULL, device TEXT NOT NULL,
  use_day TEXT NOT NULL, service_name TEXT NOT NULL, kind TEXT NOT NULL, first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL, requests BIGINT NOT NULL, bytes_up BIGINT NOT NULL, bytes_down BIGINT NOT NULL,
  confidence DOUBLE PRECISION NOT NULL, models TEXT NOT NULL, clients TEXT NOT NULL, evidence TEXT NOT NULL,
  PRIMARY KEY (origin, service, host, user_name, device, use_day));
CREATE INDEX uses_service ON uses (service, use_day);
CREATE INDEX uses_user ON uses (user_name, device);
CREATE INDEX uses_device ON uses (device, user_name);

-- Derived rows: a rebuild drops them and makes them again from the imports and the evidence log.

CREATE TABLE services (
  service TEXT PRIMARY KEY, name_seen TEXT NOT NULL, kind_seen TEXT NOT NULL, first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL, requests BIGINT NOT NULL, attempts BIGINT NOT NULL, forwarded BIGINT NOT NULL,
  bytes_up BIGINT NOT NULL, bytes_down BIGINT NOT NULL, confidence DOUBLE PRECISION NOT NULL);

CREATE TABLE models (
  service TEXT NOT NULL, model TEXT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
  requests BIGINT NOT NULL, input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL, PRIMARY KEY (service, model));

CREATE TABLE callers (
  caller TEXT PRIMARY KEY, kind TEXT NOT NULL, team TEXT NOT NULL, client TEXT NOT NULL, first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL, attempts BIGINT NOT NULL, forwarded BIGINT NOT NULL, input_tokens BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL);

CREATE TABLE caller_targets (
  caller TEXT NOT NULL, service TEXT NOT NULL, model TEXT NOT NULL, attempts BIGINT NOT NULL, last_seen BIGINT NOT NULL,
  PRIMARY KEY (caller, service, model));
CREATE INDEX caller_targets_service ON caller_targets (service);

CREATE TABLE key_uses (key_id TEXT PRIMARY KEY, last_used BIGINT NOT NULL, attempts BIGINT NOT NULL);

CREATE TABLE cursors (origin TEXT PRIMARY KEY, next_seq BIGINT NOT NULL);

CREATE TABLE decisions (
  id TEXT PRIMARY KEY, origin TEXT NOT NULL, seq BIGINT NOT NULL, received_at BIGINT NOT NULL, verdict TEXT NOT NULL,
  code TEXT, caller TEXT, caller_kind TEXT, team TEXT, key_id TEXT, client TEXT, route TEXT, service TEXT,
  service_status TEXT, upstream TEXT, model TEXT, dialect TEXT NOT NULL, stream BIGINT NOT NULL, rule TEXT, reason TEXT,
  finding_types TEXT NOT NULL, answer_finding_types TEXT NOT NULL, attack_permille BIGINT NOT NULL, policy TEXT,
  judged_micros BIGINT NOT NULL, sent BIGINT NOT NULL, received_bytes BIGINT NOT NULL, approval TEXT,
  answer_status BIGINT, answer_end TEXT, answer_verdict TEXT, answer_bytes BIGINT, duration_ms BIGINT,
  first_byte_ms BIGINT, input_tokens BIGINT, output_tokens BIGINT, changed BIGINT NOT NULL);
CREATE INDEX decisions_received ON decisions (received_at, id);
CREATE INDEX decisions_caller ON decisions (caller, received_at);
CREATE INDEX decisions_service ON decisions (service, received_at);
CREATE INDEX decisions_verdict ON decisions (verdict, received_at);
CREATE INDEX decisions_changed ON decisions (changed);

CREATE TABLE decision_findings (
  decision TEXT NOT NULL, side TEXT NOT NULL, finding TEXT NOT NULL, found BIGINT NOT NULL,
  PRIMARY KEY (decision, side, finding));
CREATE INDEX decision_findings_finding ON decision_findings (finding);

CREATE TABLE decision_records (
  origin TEXT NOT NULL, seq BIGINT NOT NULL, decision TEXT NOT NULL, kind TEXT NOT NULL, recorded_at BIGINT NOT NULL,
  node TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (origin, seq));
CREATE INDEX decision_records_decision ON decision_records (decision);

CREATE TABLE holds (
  approval TEXT PRIMARY KEY, origin TEXT NOT NULL, seq BIGINT NOT NULL, decision TEXT NOT NULL, asked_at BIGINT NOT NULL,
  expires BIGINT NOT NULL, caller TEXT NOT NULL, service TEXT NOT NULL, fingerprint TEXT NOT NULL, body TEXT NOT NULL,
  logged_outcome TEXT, logged_by TEXT, logged_note TEXT, logged_at BIGINT, used_by TEXT);
CREATE INDEX holds_expires ON holds (expires);

CREATE TABLE log_events (
  origin TEXT NOT NULL, seq BIGINT NOT NULL, happened_at BIGINT NOT NULL, node TEXT NOT NULL, kind TEXT NOT NULL,
  actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (origin, seq));
CREATE INDEX log_events_happened ON log_events (happened_at);

CREATE TABLE nodes (origin TEXT NOT NULL, node TEXT NOT NULL, seq BIGINT NOT NULL, happened_at BIGINT NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY (origin, node));

CREATE TABLE service_changes (service TEXT PRIMARY KEY, changed BIGINT NOT NULL);
CREATE INDEX service_changes_changed ON service_changes (changed);
