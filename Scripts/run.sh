#!/bin/sh
# Sets up, builds in release and runs a script; without arguments the main job, which needs no files:
#   sh Scripts/run.sh                       learn a Fields-of-Experts denoiser on synthetic scenes
#   sh Scripts/run.sh tv_denoise --help     any other script, with its own options
set -eu
cd "$(dirname "$0")/.."
sh Scripts/setup.sh
swift build -c release --product bilevel-lua
[ $# -gt 0 ] || set -- Scripts/foe_denoise.lua
exec .build/release/bilevel-lua "$@"
