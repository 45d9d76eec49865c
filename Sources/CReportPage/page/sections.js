// The sections of the page. Each is made once and shows the runs again whenever they have changed.

function badge(run) {
  if (run.status === "running" && !given.live) return element("span", { class: "badge" }, "open");
  if (run.status === "running") return element("span", { class: "badge running" }, "running");
  if (run.status === "lost") return element("span", { class: "badge bad" }, "ended without a word");
  const isGood = /^(completed|converged|stationary|iteration limit|budget|time limit)/.test(run.outcome);
  return element("span", { class: `badge ${isGood ? "good" : "bad"}` }, run.outcome);
}

class Head {
  root = element("header");

  show(runs, isLive) {
    const [first] = runs;
    const title = runs.length === 1 ? first.name : runs.length ? `${runs.length} runs compared` : "No runs";
    document.title = title;
    this.root.replaceChildren(
      element("div", { class: "head" },
        element("div", { class: "words" }, element("h1", {}, title), ...runs.map((run) => this.line(run, runs.length === 1))),
        element("div", { class: "controls" }, isLive && connection.root, themeButton())),
      runs.length === 1 ? this.tiles(first) : "");
  }

  line(run, isOnly) {
    const command = [run.script, ...run.arguments].join(" ");
    return element("div", { class: "facts-line" }, badge(run), element("span", { class: "mono" }, run.id),
      element("span", {}, date(run.started)), element("span", {}, duration(elapsed(run))),
      element("span", {}, run.host), isOnly && element("span", { class: "mono" }, command));
  }

  tiles(run) {
    const tile = (name, value, note) => element("div", { class: "tile" }, element("div", { class: "name" }, name),
      element("div", { class: "value" }, value), element("div", { class: "note" }, note ?? "\u00a0"));
    const number = (name, title, unit = "", bound = null) => {
      if (!has(run, name)) return null;
      const spread = bound && has(run, bound) ? `± ${short(last(run, bound), 2)}` : null;
      return tile(title, short(last(run, name), 4) + unit, spread ?? change(run, name, unit));
    };
    return element("div", { class: "tiles" }, ...[
      number("loss", "loss", "", "loss_bound"), number("psnr", "PSNR", " dB"),
      number("gradient_norm", "‖z‖", "", "gradient_bound"),
      has(run, "k") && tile("steps", short(last(run, "k"))),
      has(run, "cost") && tile("cost", short(last(run, "cost")), "lower + linear iterations"),
      tile("time", duration(elapsed(run)), has(run, "ledger.peak_memory")
        ? `${bytes(last(run, "ledger.peak_memory"))} of memory` : null),
    ].filter(Boolean));
  }
}

function change(run, name, unit) {
  const start = run.columns[name].find((value) => value != null);
  const difference = last(run, name) - start;
  return difference ? `${difference > 0 ? "+" : ""}${short(difference, 3)}${unit} from the start` : null;
}

function themeButton() {
  return element("button", {
    class: "button", type: "button", title: "light or dark",
    onclick: () => {
      const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
      const shown = document.documentElement.dataset.theme ?? (isDark ? "dark" : "light");
      document.documentElement.dataset.theme = shown === "dark" ? "light" : "dark";
    },
  }, "◐ theme");
}

/** Charts that show one or several quantities of each run. */
class Charts {
  constructor(title, kind = "grid") {
    this.title = title;
    this.grid = element("div", { class: kind });
    this.charts = new Map();
  }

  /** `curves` without any value take the chart away. */
  put(title, options, curves) {
    const isShown = curves.some(({ x, y }) => y.some((value, i) => value != null && x[i] != null));
    if (!isShown) return;
    if (!this.charts.has(title)) {
      const chart = new Chart({ title, ...options });
      this.charts.set(title, chart);
      this.grid.append(chart.root);
    }
    this.charts.get(title).show(curves);
  }

  get root() {
    return this.charts.size ? this.made ??= section(this.title, this.grid) : null;
  }
}

class LossCharts extends Charts {
  constructor() { super("Loss"); }

  show(runs, labels) {
    const curves = (x) => runs.map((run, i) => banded(run, x, "loss", "loss_bound", { label: labels[i], colour: i }));
    const axes = { yLabel: "loss", yLog: true, xLog: true };
    this.put("Loss against cost", { ...axes, xLabel: "cost (lower-level plus linear iterations)" }, curves("cost"));
    this.put("Loss against time", { ...axes, xLabel: "seconds" }, curves(secondsOf(runs)));
    const full = runs.map((run, i) => banded(run, "cost", "full_loss", "full_loss_bound", { label: labels[i], colour: i }));
    this.put("Loss of all samples", { ...axes, xLabel: "cost" }, full);
    const psnr = (x) => runs.map((run, i) => curve(run, x, "psnr", { label: labels[i], colour: i }));
    this.put("PSNR against cost", { yLabel: "dB", xLabel: "cost", xLog: true }, psnr("cost"));
    this.put("PSNR against time", { yLabel: "dB", xLabel: "seconds", xLog: true }, psnr(secondsOf(runs)));
  }
}

function secondsOf(runs) {
  return runs.some((run) => has(run, "seconds")) ? "seconds" : "line_seconds";
}

class StepCharts extends Charts {
  constructor() { super("Accuracy and steps"); }

  show(runs, labels) {
    const k = stepAxis(runs);
    const isOne = runs.length === 1;
    // Of one run, related quantities share a chart; of several, each has its own.
    const pair = (title, quantities) => {
      if (isOne) {
        const curves = quantities.filter(([name]) => has(runs[0], name))
          .map(([name, label], i) => curve(runs[0], k, name, { label, colour: i }));
        return this.put(title, { xLabel: "step k", yLog: true }, curves);
      }
      for (const [name, label] of quantities) {
        const curves = runs.map((run, i) => curve(run, k, name, { label: labels[i], colour: i }));
        this.put(label, { xLabel: "step k", yLog: true }, curves);
      }
    };
    pair("Accuracies", [["eps", "ε, lower level"], ["delta", "δ, linear systems"]]);
    pair("Hypergradient and its error", [["gradient_norm", "‖z‖"], ["gradient_bound", `ω${this.kind(runs)}`]]);
    pair("Step size", [["step_size", "step size α"]]);
    pair("Iterations of a step", [["lower_iterations", "lower-level iterations"], ["linear_iterations", "linear iterations"]]);
  }

  kind(runs) {
    const kinds = new Set(runs.map((run) => run.texts.bound).filter(Boolean));
    return kinds.size === 1 ? `, ${[...kinds][0]}` : "";
  }
}

/** How the work and the time of each run were spent. */
class CostSplit {
  static work = [["energies", "energies"], ["gradients", "gradients"],
    ["hessian_products", "Hessian products"], ["mixed_products", "mixed products"]];
  static time = [["lower_level_seconds", "lower level"], ["linear_system_seconds", "linear systems"],
    ["mixed_product_seconds", "mixed products"]];

  show(runs, labels) {
    this.cards ??= element("div", { class: "grid" });
    this.cards.replaceChildren(...[
      this.card("Evaluations", CostSplit.work, runs, labels, (value) => short(value)),
      this.card("Seconds of the workers", CostSplit.time, runs, labels, (value) => `${short(value, 3)} s`),
    ].filter(Boolean));
    this.made ??= section("Cost", this.cards);
  }

  card(title, parts, runs, labels, written) {
    const rows = runs.map((run, i) => [labels[i], parts.map(([name]) => last(run, `ledger.${name}`) ?? 0)])
      .filter(([, values]) => values.some((value) => value > 0));
    if (!rows.length) return null;
    const largest = Math.max(...rows.map(([, values]) => values.reduce((a, b) => a + b)));
    return element("div", { class: "card" }, element("h3", {}, title),
      ...rows.map(([label, values]) => this.bar(label, parts, values, largest, written, rows.length > 1)));
  }

  bar(label, parts, values, largest, written, isNamed) {
    const pieces = values.map((value, i) => element("div", {
      colour: i, style: { width: `${100 * value / largest}%` }, title: `${parts[i][1]}: ${written(value)}`,
    }));
    return element("div", {}, isNamed && element("div", { class: "bar-name" }, label),
      element("div", { class: "bar" }, ...pieces),
      element("div", { class: "legend" }, ...values.map((value, i) => element("span", { class: "entry" },
        element("span", { class: "swatch block", colour: i }), `${parts[i][1]} ${written(value)}`))));
  }

  get root() {
    return this.cards?.hasChildNodes() ? this.made : null;
  }
}

/** Numbers of the log that the page does not know. */
class OtherCharts extends Charts {
  static known = new Set(("index line_seconds k loss loss_bound loss_samples full_loss full_loss_bound psnr epoch "
    + "gradient_norm gradient_bound eps delta step_size next_step_size lower_iterations linear_iterations cost "
    + "seconds accepted").split(" "));

  constructor() { super("Other numbers of the log", "grid small"); }

  show(runs, labels) {
    const own = names(runs).filter((name) => !OtherCharts.known.has(name) && !/^(ledger|spent|worst_sample)\./.test(name));
    for (const name of own) {
      // Lines that the script wrote have no k: their place in the log stands for it.
      const axis = runs.some((run) => run.columns.k?.some((k, i) => k != null && run.columns[name]?.[i] != null)) ? "k" : "index";
      const curves = runs.map((run, i) => curve(run, axis, name, { label: labels[i], colour: i }));
      this.put(name, { xLabel: axis === "k" ? "step k" : "line of the log" }, curves);
    }
  }
}

class PictureSections {
  pictures = new Pictures();
  filters = element("div");
  plots = element("div");

  show(runs, labels) {
    const all = runs.flatMap((run, i) => run.pictures.map((picture) => ({
      ...picture, run: run.id, label: runs.length > 1 ? `${labels[i]} · ${picture.name}` : picture.name,
    })));
    const images = all.filter((picture) => picture.kind === "image" && !isFilters(picture));
    const filters = all.filter(isFilters);
    const plots = all.filter((picture) => picture.kind === "plot" && !isFilters(picture));
    if (images.length) this.pictures.show(images);
    this.fill(this.filters, "plots", filters);
    this.fill(this.plots, "plots", plots);
    this.isShown = { images: images.length > 0, filters: filters.length > 0, plots: plots.length > 0 };
  }

  fill(place, kind, pictures) {
    if (place.count === pictures.length) return;
    place.count = pictures.length;
    place.replaceChildren(figures(kind, pictures));
  }

  get root() {
    this.made ??= element("div");
    const parts = [["images", this.pictures.count > 1 ? "Before and after" : "Pictures", this.pictures.root], ["filters", "Filters", this.filters],
      ["plots", "Plots", this.plots]];
    const shown = parts.filter(([key]) => this.isShown?.[key]);
    const key = shown.map(([, title]) => title).join();
    if (key !== this.key) this.made.replaceChildren(...shown.map(([, title, content]) => section(title, content)));
    this.key = key;
    return this.made;
  }
}

/** The runs side by side: last values, and the facts in which they differ. */
function comparison(runs, labels) {
  if (runs.length < 2) return null;
  const number = (text) => element("td", { class: "number" }, text);
  const withBound = (run, name, bound) => short(last(run, name))
    + (has(run, bound) ? ` ± ${short(last(run, bound), 2)}` : "");
  const head = ["run", "outcome", "steps", "loss", "PSNR, dB", "‖z‖", "cost", "time"];
  const rows = runs.map((run, i) => element("tr", {},
    element("td", {}, element("span", { class: "entry" }, element("span", { class: "swatch block", colour: i }), labels[i])),
    element("td", {}, badge(run)), number(short(last(run, "k"))), number(withBound(run, "loss", "loss_bound")),
    number(short(last(run, "psnr"))), number(withBound(run, "gradient_norm", "gradient_bound")),
    number(short(last(run, "cost"))), number(duration(elapsed(run)))));
  return section("Comparison", element("div", { class: "scroll card" }, element("table", { class: "wide" },
    element("tr", {}, ...head.map((name, i) => element("th", { class: i > 1 ? "number" : "" }, name))), ...rows)),
    differences(runs, labels));
}

function factsOf(run) {
  const options = run.arguments.length ? { arguments: run.arguments.join(" ") } : {};
  return { script: run.script, ...options, ...run.facts };
}

function differences(runs, labels) {
  const all = runs.map(factsOf);
  const keys = [...new Set(all.flatMap(Object.keys))].sort()
    .filter((key) => new Set(all.map((facts) => facts[key])).size > 1);
  if (!keys.length) return null;
  return element("div", { class: "scroll card below" }, element("table", {},
    element("tr", {}, element("th", {}, "where they differ"), ...labels.map((label) => element("th", {}, label))),
    ...keys.map((key) => element("tr", {}, element("td", { class: "dim" }, key),
      ...all.map((facts) => element("td", { class: "mono" }, facts[key] ?? "–"))))));
}

function factTables(runs, labels) {
  const table = (run) => element("div", { class: "card scroll" }, element("table", {},
    ...Object.entries(factsOf(run)).map(([key, value]) => element("tr", {},
      element("td", { class: "dim" }, key), element("td", { class: "mono" }, value)))));
  if (runs.length === 1) return section("Options and facts", table(runs[0]));
  return section("Options and facts", ...runs.map((run, i) => element("details", {}, element("summary", {}, labels[i]), table(run))));
}

function scripts(runs, labels) {
  const texts = [...new Set(runs.map((run) => run.scriptText))];
  if (texts.length === 1) return section("Script", listing(texts[0]));
  return section("Scripts", ...runs.map((run, i) => element("details", {}, element("summary", {}, labels[i]), listing(run.scriptText))));
}
