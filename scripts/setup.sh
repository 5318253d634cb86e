#!/usr/bin/env bash
# Installs what the build and the tests need, and says what it installs.
#
#   scripts/setup.sh build   what `make demo` needs: a C compiler and cmake
#   scripts/setup.sh test    also what `make test` needs: PostgreSQL, Chromium, Python, Node, client libraries
#
# Without the rights to install packages it names the missing ones and stops.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=(cmake gcc g++ make)
if [ "${1:-build}" = test ]; then
  wanted+=(postgresql chromium curl python3 python3-venv nodejs npm)
fi

# A package counts as present when its command is, however it was installed.
present() {
  case $1 in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
    nodejs) command -v node >/dev/null ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=()
for package in "${wanted[@]}"; do
  present "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then
    as_root=()
  elif sudo -n true 2>/dev/null; then
    as_root=(sudo)
  else
    echo "error: these Debian packages are missing: ${missing[*]}" >&2
    echo "help: run \`apt-get install ${missing[*]}\` as root, then repeat" >&2
    exit 2
  fi
  echo "installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if [ "${1:-build}" = test ]; then
  # The oldest Node that the client libraries and the browser's driver take; Debian 12 has it.
  node_major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  if [ "$node_major" -lt 18 ]; then
    echo "error: node $(node --version) at $(command -v node) is too old: the tests need 18 or later" >&2
    echo "help: install a later Node, or put one first in PATH" >&2
    exit 2
  fi
fi
command -v cargo >/dev/null || { echo "error: cargo is missing; install a Rust toolchain of at least 1.95" >&2; exit 2; }
[ "${1:-build}" = test ] || exit 0

# Real clients and foreign verifiers for the tests, in folders of their own under target/.
venv=target/test-tools/venv
stamp=$venv/.installed-$(sha256sum tests/clients/requirements.txt | cut -c1-16)
if [ ! -e "$stamp" ]; then
  echo "installing Python packages into $venv: $(grep -v '^#' tests/clients/requirements.txt | tr '\n' ' ')"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/clients/requirements.txt
  touch "$stamp"
fi
for folder in tests/clients tests/ui; do
  [ -e "$folder/package.json" ] || continue
  modules=target/test-tools/$(basename "$folder")
  stamp=$modules/.installed-$(sha256sum "$folder/package.json" | cut -c1-16)
  [ -e "$stamp" ] && continue
  echo "installing npm packages of $folder/package.json into $modules"
  mkdir -p "$modules"
  cp "$folder/package.json" "$modules/"
  (cd "$modules" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error)
  touch "$stamp"
done
