// A chart: curves with bands over linear or logarithmic axes, values under the pointer.

const margin = { left: 62, right: 12, top: 10, bottom: 42 };

/** Positions of the ticks of an axis, those with a label first. */
function ticks(low, high, isLog, count) {
  if (isLog) return logTicks(low, high, count);
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= rough);
  const labelled = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) labelled.push(i * step);
  return { labelled, plain: [] };
}

function logTicks(low, high, count) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const stride = Math.max(1, Math.ceil((last - first) / count));
  const decades = Math.log10(high / low);
  const marks = decades < 1.2 ? [1, 2, 3, 4, 5, 6, 8] : decades < 2.6 ? [1, 2, 5] : [1];
  const labelled = [];
  const plain = [];
  for (let exponent = first; exponent <= last; exponent++) {
    for (let mark = 1; mark < 10; mark++) {
      const value = mark * 10 ** exponent;
      if (value < low * 0.999999 || value > high * 1.000001) continue;
      const isLabelled = marks.includes(mark) && (marks.length > 1 || (exponent - first) % stride === 0);
      if (isLabelled) labelled.push(value);
      else if (stride === 1) plain.push(value);
    }
  }
  if (labelled.length < 2) return { ...ticks(low, high, false, count), plain: [] };
  return { labelled, plain };
}

function tickLabel(value, isLog) {
  if (isLog && (value >= 1e4 || value < 1e-3)) {
    const exponent = Math.floor(Math.log10(value) + 1e-9);
    const mantissa = Math.round(value / 10 ** exponent);
    return mantissa === 1 ? power(exponent) : `${mantissa}·${power(exponent)}`;
  }
  return short(value);
}

/** The least and the largest of what is shown, with some room around. */
function extent(values, isLog) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value == null || (isLog && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return null;
  if (low === high) return isLog ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  return [low, high];
}

function padded([low, high], isLog) {
  if (isLog) {
    const room = (high / low) ** 0.04;
    return [low / room, high * room];
  }
  const room = 0.04 * (high - low);
  return [low - room, high + room];
}

class Chart {
  static fewPoints = 30;

  /**
   * `options`: title, xLabel, yLabel, xLog, yLog (start values), hasToggles.
   * A curve: { label, colour, dash, x: [], y: [], lower: [], upper: [] }; null makes a gap.
   */
  constructor(options) {
    Object.assign(this, { xLog: false, yLog: false, hidden: new Set(), curves: [] }, options);
    this.plot = element("div", { class: "plot" });
    this.legend = element("div", { class: "legend" });
    this.root = element("div", { class: "card chart" },
      element("div", { class: "top" }, element("h3", {}, this.title), this.toggles()),
      this.legend, this.plot);
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => this.leave());
    // Drawn in the next frame, since drawing changes the height that is being observed.
    new ResizeObserver(() => requestAnimationFrame(() => {
      if (this.plot.clientWidth !== this.width) this.draw();
    })).observe(this.plot);
  }

  toggles() {
    const toggle = (key, label) => element("button", {
      type: "button", "aria-pressed": String(this[key]), title: `logarithmic ${label[4]} axis`,
      onclick: (event) => {
        this[key] = !this[key];
        event.currentTarget.setAttribute("aria-pressed", String(this[key]));
        this.draw();
      },
    }, label);
    return element("div", { class: "toggles" }, toggle("xLog", "log x"), toggle("yLog", "log y"));
  }

  show(curves) {
    this.curves = curves;
    this.legend.replaceChildren(...(curves.length < 2 ? [] : curves.map((curve) => this.entry(curve))));
    if (this.plot.isConnected) this.draw();
    return this.root;
  }

  entry(curve) {
    return element("button", {
      type: "button", "aria-pressed": String(!this.hidden.has(curve.label)),
      onclick: () => {
        if (!this.hidden.delete(curve.label)) this.hidden.add(curve.label);
        this.show(this.curves);
      },
    }, element("span", { class: "swatch", colour: curve.colour }), curve.label);
  }

  get visible() {
    return this.curves.filter((curve) => !this.hidden.has(curve.label));
  }

  isShown(x, y) {
    return x != null && y != null && (!this.xLog || x > 0) && (!this.yLog || y > 0);
  }

  /** The range of x and y that the visible curves need; bands that reach to zero are cut there. */
  ranges() {
    const [xs, ys, edges] = [[], [], []];
    for (const { x, y, lower, upper } of this.visible) {
      x.forEach((position, i) => {
        if (!this.isShown(position, y[i])) return;
        xs.push(position);
        ys.push(y[i]);
        if (upper) edges.push(lower[i], upper[i]);
      });
    }
    const [xRange, yRange] = [extent(xs, this.xLog), extent(ys, this.yLog)];
    if (!xRange || !yRange) return null;
    return [padded(xRange, this.xLog), padded(this.withEdges(yRange, edges), this.yLog)];
  }

  /** A band may widen the axis, but not so far that the curve cannot be read. */
  withEdges([low, high], edges) {
    const all = extent(edges, this.yLog);
    if (!all) return [low, high];
    if (this.yLog) {
      const room = Math.max(high / low, 2);
      return [Math.min(low, Math.max(all[0], low / room)), Math.max(high, Math.min(all[1], high * room))];
    }
    const room = Math.max(high - low, Math.abs(high) * 0.05);
    return [Math.min(low, Math.max(all[0], low - room)), Math.max(high, Math.min(all[1], high + room))];
  }

  draw() {
    const width = this.plot.clientWidth;
    if (!width) return;
    this.width = width;
    const height = Math.round(Math.min(300, Math.max(210, width * 0.52)));
    const ranges = this.ranges();
    if (!ranges) {
      this.plot.replaceChildren(element("div", { class: "empty" }, "nothing to show here"));
      this.scales = null;
      return;
    }
    const inner = [width - margin.left - margin.right, height - margin.top - margin.bottom];
    this.scales = {
      x: this.scale(ranges[0], this.xLog, margin.left, inner[0]),
      y: this.scale(ranges[1], this.yLog, margin.top + inner[1], -inner[1]),
    };
    this.svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": this.title });
    this.drawAxes(ranges, width, height);
    this.drawCurves(width, height);
    this.marks = drawn("g");
    this.svg.append(this.marks);
    this.plot.replaceChildren(this.svg);
  }

  scale([low, high], isLog, start, length) {
    if (!isLog) return (value) => start + length * (value - low) / (high - low);
    const [from, to] = [Math.log(low), Math.log(high)];
    return (value) => start + length * (Math.log(value) - from) / (to - from);
  }

  drawAxes([xRange, yRange], width, height) {
    const bottom = height - margin.bottom;
    const across = ticks(...xRange, this.xLog, Math.max(3, Math.floor(width / 95)));
    const up = ticks(...yRange, this.yLog, 6);
    const line = (x1, y1, x2, y2, kind) => drawn("line", { x1, y1, x2, y2, class: kind });
    for (const value of across.labelled) {
      const x = this.scales.x(value);
      const label = drawn("text", { x, y: bottom + 16, "text-anchor": "middle" }, tickLabel(value, this.xLog));
      this.svg.append(line(x, margin.top, x, bottom, "grid-line"), label);
    }
    for (const value of up.labelled) {
      const y = this.scales.y(value);
      const label = drawn("text", { x: margin.left - 7, y: y + 4, "text-anchor": "end" }, tickLabel(value, this.yLog));
      this.svg.append(line(margin.left, y, width - margin.right, y, "grid-line"), label);
    }
    for (const value of across.plain) {
      const x = this.scales.x(value);
      this.svg.append(line(x, bottom, x, bottom - 3, "frame"));
    }
    for (const value of up.plain) {
      const y = this.scales.y(value);
      this.svg.append(line(margin.left, y, margin.left + 3, y, "frame"));
    }
    this.svg.append(
      drawn("path", { d: `M${margin.left} ${margin.top}V${bottom}H${width - margin.right}`, class: "frame" }),
      drawn("text", { x: (margin.left + width - margin.right) / 2, y: height - 6, "text-anchor": "middle", class: "axis" }, this.xLabel ?? ""),
      drawn("text", {
        transform: `translate(13 ${(margin.top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle", class: "axis",
      }, this.yLabel ?? ""));
  }

  drawCurves(width, height) {
    const name = `clip${Chart.count = (Chart.count ?? 0) + 1}`;
    this.svg.append(drawn("defs", {}, drawn("clipPath", { id: name }, drawn("rect", {
      x: margin.left, y: margin.top - 2, width: width - margin.left - margin.right,
      height: height - margin.top - margin.bottom + 2,
    }))));
    const group = drawn("g", { "clip-path": `url(#${name})` });
    this.svg.append(group);
    for (const curve of this.visible) if (curve.upper) group.append(this.band(curve));
    for (const curve of this.visible) group.append(...this.line(curve));
  }

  band({ x, y, lower, upper, colour }) {
    const [above, below] = [[], []];
    x.forEach((position, i) => {
      if (!this.isShown(position, y[i]) || lower[i] == null || upper[i] == null) return;
      const at = this.scales.x(position).toFixed(2);
      above.push(`${at} ${this.scales.y(upper[i]).toFixed(2)}`);
      const low = this.yLog && lower[i] <= 0 ? 1e4 : Math.min(this.scales.y(lower[i]), 1e4);
      below.unshift(`${at} ${low.toFixed(2)}`);
    });
    const path = drawn("path", { d: above.length ? `M${above.concat(below).join("L")}Z` : "" });
    Object.assign(path.style, { fill: `var(--c${colour % 8})`, opacity: 0.18 });
    return path;
  }

  /** The line, with a dot at each point where there are few. */
  line({ x, y, colour, dash }) {
    let d = "";
    let isDown = false;
    const points = [];
    x.forEach((position, i) => {
      if (!this.isShown(position, y[i])) {
        // A value that was not logged is skipped; one that the axis cannot show makes a gap.
        if (y[i] != null) isDown = false;
        return;
      }
      const point = [this.scales.x(position).toFixed(2), this.scales.y(y[i]).toFixed(2)];
      d += `${isDown ? "L" : "M"}${point.join(" ")}`;
      isDown = true;
      points.push(point);
    });
    const path = drawn("path", { d, fill: "none", "stroke-width": 1.8, "stroke-linejoin": "round" });
    path.style.stroke = `var(--c${colour % 8})`;
    if (dash) path.setAttribute("stroke-dasharray", dash);
    if (points.length > Chart.fewPoints) return [path];
    return [path, ...points.map(([cx, cy]) => {
      const dot = drawn("circle", { cx, cy, r: 2.6 });
      dot.style.fill = `var(--c${colour % 8})`;
      return dot;
    })];
  }

  // What is under the pointer.

  point(event) {
    if (!this.scales) return;
    const box = this.svg.getBoundingClientRect();
    const at = event.clientX - box.left;
    const found = this.visible.map((curve) => ({ curve, i: this.nearest(curve, at) })).filter(({ i }) => i != null);
    if (!found.length) return this.leave();
    const anchor = found.reduce((best, one) => this.distance(one, at) < this.distance(best, at) ? one : best);
    const position = anchor.curve.x[anchor.i];
    const x = this.scales.x(position);
    this.marks.replaceChildren(
      drawn("line", { x1: x, x2: x, y1: margin.top, y2: box.height - margin.bottom, class: "cross" }),
      ...found.map(({ curve, i }) => {
        const dot = drawn("circle", { cx: this.scales.x(curve.x[i]), cy: this.scales.y(curve.y[i]), r: 3.5 });
        dot.style.fill = `var(--c${curve.colour % 8})`;
        return dot;
      }));
    this.showTip(x, box, position, found);
  }

  distance({ curve, i }, at) {
    return Math.abs(this.scales.x(curve.x[i]) - at);
  }

  nearest(curve, at) {
    let best = null;
    let least = Infinity;
    curve.x.forEach((position, i) => {
      if (!this.isShown(position, curve.y[i])) return;
      const away = Math.abs(this.scales.x(position) - at);
      if (away < least) [least, best] = [away, i];
    });
    return best;
  }

  showTip(x, box, position, found) {
    this.tip ??= element("div", { class: "tip" });
    this.tip.replaceChildren(
      element("div", { class: "dim" }, `${this.xLabel} ${short(position, 6)}`),
      ...found.map(({ curve, i }) => {
        const spread = curve.spread?.[i];
        const value = short(curve.y[i], 5) + (spread != null ? ` ± ${short(spread, 2)}` : "");
        return element("div", { class: "row" },
          element("span", {}, element("span", { class: "swatch", colour: curve.colour }), curve.label),
          element("span", {}, value));
      }));
    if (!this.tip.isConnected) this.plot.append(this.tip);
    const isRight = x > box.width / 2;
    this.tip.style.left = isRight ? "" : `${x + 12}px`;
    this.tip.style.right = isRight ? `${box.width - x + 12}px` : "";
    this.tip.style.top = `${margin.top + 6}px`;
  }

  leave() {
    this.marks?.replaceChildren();
    this.tip?.remove();
  }
}
