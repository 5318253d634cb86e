#!/usr/bin/env bash
# Every test. The environment it needs is made by scripts/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:$HOME/.cargo/bin"
cargo build --quiet --locked --workspace --all-targets
if command -v cargo-nextest >/dev/null; then
  cargo nextest run --locked --workspace --no-fail-fast
else
  cargo test --quiet --locked --workspace --no-fail-fast
fi
