#!/usr/bin/env bash
# Format, lints, licences and walls: what CI refuses before it runs a test.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo fmt --all --check
cargo clippy --quiet --workspace --all-targets --locked -- -D warnings
if ! command -v cargo-deny >/dev/null; then
  echo "installing cargo-deny"
  cargo install --quiet --locked --debug cargo-deny
fi
# Advisories need a database from outside; where it cannot be fetched, the other checks still hold.
cargo deny --log-level error check bans licenses sources
