#!/bin/sh
# Runs every example of documents, in order, in an empty folder, as a reader would:
#   sh Tests/examples.sh Stdlib/tutorial.md
# A block of Lua that begins with the comment `-- name.lua` becomes that file. Other blocks of Lua are
# typed at the prompt, in one session up to the next command; no answer may be an error. Commands run
# in a shell, but for those that build.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
folder=$root/.build/examples
for document in "$@"; do
  rm -rf "$folder"
  mkdir -p "$folder"
  awk -v folder="$folder" '
    function leave() {
      if (session == "") return
      print "bilevel-lua -i < " session " 2> errors || true" > steps
      print "cat errors; test ! -s errors" > steps
      session = ""
    }
    BEGIN { steps = folder "/steps.sh" }
    /^```/ && inside { inside = 0; next }
    /^```(lua|sh)$/ { inside = 1; kind = substr($0, 4); first = 1; next }
    !inside { next }
    kind == "sh" { leave(); if ($0 !~ /^sh (Scripts|Tests)\//) print > steps; next }
    first {
      first = 0
      named = $0 ~ /^-- [a-z_]+\.lua$/
      if (named) { leave(); file = substr($0, 4) }
      else if (session == "") session = file = "session_" (++count) ".lua"
      else file = session
    }
    { print > (folder "/" file) }
    END { leave() }
  ' "$document"
  echo "== examples of $document"
  (cd "$folder" && HOME="$folder" PATH="$root/.build/release:$PATH" sh -eux steps.sh </dev/null)
done
