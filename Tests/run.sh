#!/bin/sh
# Sets up, builds and runs all tests. They use public interfaces only, so the build is the release
# build; with testable imports all would be built anew, and the kernel variants would share code.
set -eu
cd "$(dirname "$0")/.."
sh Scripts/setup.sh
exec swift test -c release --disable-testable-imports "$@"
