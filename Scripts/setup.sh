#!/bin/sh
# Installs what the build needs and is missing: the libraries of the README's table.
# Debian and Ubuntu through apt-get, macOS through Homebrew; elsewhere it names what to install.
set -eu

command -v swift >/dev/null 2>&1 || {
  echo "setup: no Swift toolchain found; install Swift 6.2 or newer from https://swift.org/install" >&2
  exit 1
}

complete() {
  command -v pkg-config >/dev/null 2>&1 &&
    pkg-config --exists lua5.4 libpng libturbojpeg minizip libedit sqlite3 2>/dev/null
}

complete && exit 0
if command -v apt-get >/dev/null 2>&1; then
  root=""
  [ "$(id -u)" -eq 0 ] || root="sudo"
  export DEBIAN_FRONTEND=noninteractive
  $root apt-get update -q
  $root apt-get install -q -y --no-install-recommends \
    pkg-config liblua5.4-dev libpng-dev libturbojpeg0-dev libminizip-dev libedit-dev libsqlite3-dev
elif command -v brew >/dev/null 2>&1; then
  brew install pkgconf lua libpng jpeg-turbo minizip libedit sqlite
fi
complete || {
  echo "setup: please install pkg-config and the development files of" \
    "Lua 5.4, libpng, TurboJPEG, minizip, libedit and SQLite" >&2
  exit 1
}
