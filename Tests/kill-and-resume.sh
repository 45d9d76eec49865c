#!/bin/bash
# Kills runs with SIGKILL at random moments and goes on with them:
#
#     bash Tests/kill-and-resume.sh COUNT [SEED [METHOD]]
#
# COUNT kills on separate runs, each killed once and then finished, and COUNT on runs that are killed again
# and again; half of them MAID, half IAdam with mini-batches and redrawn noise. The checkpoint is written
# after each step, so many kills hit a write. At the end of each run its parameters have the same bits as
# those of an uninterrupted run, and its log the same lines, but for times and memory.
set -euo pipefail
cd "$(dirname "$0")/.."

count=${1:?usage: kill-and-resume.sh COUNT [SEED [METHOD]]}
RANDOM=${2:-1}
program=${BILEVEL_LUA:-.build/release/bilevel-lua}
folder=out/kill-and-resume
rm -rf "$folder"
mkdir -p "$folder"

fail() {
  echo "kill-and-resume: $*" >&2
  exit 1
}

# lines DIRECTORY: the log of the only run there, without what differs from one process to the next.
lines() {
  "$program" runs export last --directory "$1" --jsonl |
    sed -E 's/"[a-z_.]*(seconds|peak_memory)":[^,}]*,?//g; s/,\}/}/'
}

# compare METHOD NAME: the finished run against the uninterrupted one.
compare() {
  cmp -s "$folder/$1.safetensors" "$folder/$2.safetensors" || fail "$2: other parameters"
  lines "$folder/runs-$2" | cmp -s - "$folder/$1.lines" || fail "$2: another log"
}

# go NAME METHOD: begins the run, or goes on with what its record has; in the background.
go() {
  local resume=()
  ! "$program" runs show last --directory "$folder/runs-$1" >/dev/null 2>&1 || resume=(--resume)
  "$program" "${resume[@]}" Tests/Scripts/kill.lua "$2" "$folder/$1.safetensors" \
    "$folder/runs-$1" >"$folder/$1.out" 2>&1 &
  process=$!
}

# is_completed NAME: the kill came between the end of the run and that of its process.
is_completed() {
  grep -q "there is nothing to resume .* is completed" "$folder/$1.out"
}

kills=0
torn=0

# kill_within MILLISECONDS NAME: kills what `go` began at a random moment; fails if it has ended before.
kill_within() {
  local moment=$((RANDOM * $1 / 32768)) status=0
  sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
  kill -KILL "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || status=$?
  [ "$status" -ne 0 ] && ! is_completed "$2" || return 1
  [ "$status" -eq 137 ] || fail "$2: exit status $status: $(tail -n 3 "$folder/$2.out")"
  kills=$((kills + 1))
  torn=$((torn + $( (find "$folder/runs-$2" -name '*.part' 2>/dev/null || true) | wc -l)))
}

finish() {
  go "$1" "$2"
  wait "$process" || is_completed "$1" || fail "$1: $(tail -n 3 "$folder/$1.out")"
}

for method in ${3:-maid iadam}; do
  begin=$(date +%s%N)
  finish "$method" "$method"
  duration=$((($(date +%s%N) - begin) / 1000000))
  lines "$folder/runs-$method" >"$folder/$method.lines"

  for number in $(seq $(((count + 1) / 2))); do
    name=$method-once-$number
    while go "$name" "$method" && ! kill_within "$duration" "$name"; do
      compare "$method" "$name"  # it was faster than the kill
      rm -rf "$folder/runs-$name"
    done
    finish "$name" "$method"
    compare "$method" "$name"
  done
  echo "$method: $number runs of $duration ms killed once each: same parameters, same log"

  number=1 again=0
  while [ "$again" -lt $(((count + 1) / 2)) ]; do
    name=$method-again-$number
    go "$name" "$method"
    if kill_within $((duration / 2)) "$name"; then
      again=$((again + 1))
    else
      compare "$method" "$name"
      number=$((number + 1))
    fi
  done
  finish "$name" "$method"
  compare "$method" "$name"
  echo "$method: $again kills, again and again, of $number runs: same parameters, same log"
done
echo "kill-and-resume: $kills kills, $torn of them within the write of a file"
