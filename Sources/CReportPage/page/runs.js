// What is known of the runs: their records, and curves from the columns of their logs.
//
// A run: { id, name, script, arguments, facts, started, ended, outcome, status, host, scriptText,
// thinned, columns: { name: [number or null] }, texts: { name: last }, pictures: [{ name, kind, uri }] }.

/** Adds lines and pictures that came later to a run. */
function extend(run, more) {
  const before = run.columns.index.length;
  const added = more.columns.index.length;
  for (const name of new Set([...Object.keys(run.columns), ...Object.keys(more.columns)])) {
    run.columns[name] ??= Array(before).fill(null);
    run.columns[name].push(...(more.columns[name] ?? Array(added).fill(null)));
  }
  Object.assign(run.texts, more.texts);
  run.pictures.push(...more.pictures);
  for (const key of ["ended", "outcome", "status", "facts"]) run[key] = more[key];
}

function has(run, name) {
  return run.columns[name]?.some((value) => value != null) ?? false;
}

function last(run, name) {
  return run.columns[name]?.findLast((value) => value != null);
}

/** The steps of optimizers among the lines, or all of them where there are none. */
function curve(run, x, y, options = {}) {
  const empty = Array(run.columns.index.length).fill(null);
  return { label: y, colour: 0, x: run.columns[x] ?? empty, y: run.columns[y] ?? empty, ...options };
}

/** A curve with its band: value minus and plus bound. */
function banded(run, x, y, bound, options = {}) {
  const made = curve(run, x, y, options);
  if (!has(run, bound)) return made;
  const spread = run.columns[bound];
  const edge = (sign) => made.y.map((value, i) => value == null || spread[i] == null ? null : value + sign * spread[i]);
  return { ...made, spread, lower: edge(-1), upper: edge(1) };
}

/** What the horizontal axis of a run's steps is. */
function stepAxis(runs) {
  return runs.some((run) => has(run, "k")) ? "k" : "index";
}

function names(runs) {
  const all = new Set();
  for (const run of runs) for (const name of Object.keys(run.columns)) if (has(run, name)) all.add(name);
  return [...all].sort();
}

/** Names that tell the runs apart: short where that is enough. */
function titles(runs) {
  const count = (name) => runs.filter((run) => run.name === name).length;
  return runs.map((run) => count(run.name) === 1 ? run.name : `${run.name} ${run.id.split("-").at(-1)}`);
}

function elapsed(run) {
  if (run.ended != null) return run.ended - run.started;
  return last(run, "line_seconds");
}
