// The page: what it shows of the runs, at first and whenever news comes in.

const connection = {
  root: element("span", { class: "badge" }, "connecting"),
  say(words, kind) {
    this.root.textContent = words;
    this.root.className = `badge ${kind}`;
  },
};

class Page {
  runs = [];
  head = new Head();
  parts = [new LossCharts(), new StepCharts(), new CostSplit(), new PictureSections(), new OtherCharts()];
  table = element("div");
  words = element("div");
  middle = element("div");

  constructor(place, isLive) {
    this.isLive = isLive;
    place.append(this.head.root, this.table, this.middle, this.words, element("footer", {},
      isLive ? "Live from bilevel-lua on this machine." : "Made by bilevel-lua; this file needs nothing else."));
  }

  /** News of runs: those that are not known yet come whole, with their script. */
  receive(news) {
    for (const run of news.runs) {
      const index = this.runs.findIndex(({ id }) => id === run.id);
      if (index < 0) this.runs.push(run);
      else if ("scriptText" in run) this.runs[index] = run;
      else extend(this.runs[index], run);
    }
    this.show();
  }

  show() {
    const { runs } = this;
    const labels = titles(runs);
    this.head.show(runs, this.isLive);
    this.table.replaceChildren(comparison(runs, labels) ?? "");
    for (const part of this.parts) part.show(runs, labels);
    this.arrange();
    const key = JSON.stringify(runs.map(({ id, facts }) => [id, facts]));
    if (key === this.key) return;
    this.key = key;
    this.words.replaceChildren(...[note(runs), factTables(runs, labels), scripts(runs, labels)].filter(Boolean));
  }

  /** Puts the sections that have something to show into their order, leaving those in place alone. */
  arrange() {
    const wanted = this.parts.map((part) => part.root).filter(Boolean);
    const isSame = wanted.length === this.middle.children.length
      && wanted.every((root, i) => this.middle.children[i] === root);
    if (!isSame) this.middle.replaceChildren(...wanted);
  }
}

function note(runs) {
  const thinned = runs.filter((run) => run.thinned);
  if (!thinned.length) return null;
  return element("p", { class: "dim" }, ...thinned.map((run) =>
    `Of the ${grouped(run.thinned)} lines of ${run.id}, ${grouped(run.columns.index.length)} are shown. `));
}

const given = JSON.parse(document.getElementById("data").textContent);
const page = new Page(document.getElementById("page"), given.live);
if (given.live) listen(page);
else page.receive(given);
