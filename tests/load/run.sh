#!/usr/bin/env bash
# CPU per request through the real binary with everything on, beside bare Pingora and nginx, in one run.
# Needs nginx and wrk (Debian packages nginx-light, wrk). Options are passed on: tests/load/run.sh --seconds 20
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in nginx wrk python3; do
  command -v "$tool" >/dev/null || { echo "error: $tool is missing; install nginx-light, wrk and python3" >&2; exit 2; }
done
cargo build --release --locked -p gnomon -p gnomon-gateway -p gnomon-testkit --bin gnomon --bin load_upstream --example bare_pingora
exec python3 tests/load/load.py "$@"
