#!/bin/sh
# Sets up, builds and runs all tests. They use public interfaces only, so the build is the release build,
# and `-enable-testing`, which would let the kernel variants share code, stays off. The tests that press
# Ctrl-C run in a process of their own, since that reaches everything in the process.
set -eu
cd "$(dirname "$0")/.."
sh Scripts/setup.sh
if [ $# -gt 0 ]; then
  exec swift test -c release --disable-testable-imports "$@"
fi
swift test -c release --disable-testable-imports --skip InterruptTests
swift test -c release --disable-testable-imports --skip-build --filter InterruptTests
