// Pictures: two of them under a slider, all of them small, filters and plots by themselves.

const before = /noisy|observed|degraded|blurred|corrupt|before|input|back.?projection|zero.?filled/i;
const after = /restored|denoised|reconstruct|deblurred|inpainted|learned|after|output/i;

const isFilters = (picture) => /filter/i.test(picture.name);

class Pictures {
  constructor() {
    this.root = element("div");
    this.count = -1;
  }

  /** `pictures`: { name, uri, label } in the order in which they were made. */
  show(pictures) {
    if (pictures.length === this.count) return;
    this.count = pictures.length;
    this.pictures = pictures;
    const chosen = this.chosen ?? [null, null];
    const usual = this.usual();
    this.left = pictures.findLast((one) => one.label === chosen[0]) ?? usual[0];
    this.right = pictures.findLast((one) => one.label === chosen[1]) ?? usual[1];
    this.root.replaceChildren(...(pictures.length > 1 ? [this.comparison()] : []), this.thumbs());
  }

  /** Of one run what was given and what was made of it; of several, what the first and the last made. */
  usual() {
    const { pictures } = this;
    const [first, last] = [pictures[0], pictures.at(-1)];
    const find = (words, run) => pictures.find((picture) => words.test(picture.name) && picture.run === run);
    if (first.run === last.run) return [find(before, first.run) ?? first, find(after, first.run) ?? pictures[1]];
    return [find(after, first.run) ?? first, find(after, last.run) ?? last];
  }

  comparison() {
    this.below = element("img", { alt: "" });
    this.above = element("img", { alt: "" });
    this.labels = ["left", "right"].map((side) => element("span", { class: `label ${side}` }));
    this.stage = element("div", { class: "stage" }, this.below,
      element("div", { class: "above" }, this.above),
      element("input", {
        type: "range", min: 0, max: 100, step: 0.1, value: 50, "aria-label": "where the two pictures meet",
        oninput: (event) => this.stage.style.setProperty("--at", `${event.currentTarget.value}%`),
      }),
      element("div", { class: "edge" }, element("div", { class: "knob" }, "‹›")), ...this.labels);
    this.stage.style.setProperty("--at", "50%");
    this.selects = ["left", "right"].map((side) => this.select(side));
    this.update();
    return element("div", { class: "card compare" }, this.stage,
      element("div", { class: "choices" },
        element("label", {}, "left", this.selects[0]), element("label", {}, "right", this.selects[1]),
        this.note = element("p", { class: "dim" })));
  }

  select(side) {
    const options = this.pictures.map((picture, index) => element("option", {
      value: index, selected: picture === this[side],
    }, picture.label));
    return element("select", {
      onchange: (event) => {
        this[side] = this.pictures[event.currentTarget.value];
        this.chosen = [this.left.label, this.right.label];
        this.update();
      },
    }, ...options);
  }

  update() {
    this.above.src = this.left.uri;
    this.below.src = this.right.uri;
    this.labels[0].textContent = this.left.label;
    this.labels[1].textContent = this.right.label;
    this.stage.style.maxWidth = "100%";
    this.below.onload = () => {
      // Small images are shown by whole multiples of their pixels, none larger than the window.
      const factor = Math.max(1, Math.floor(640 / this.below.naturalWidth));
      this.stage.style.width = `${Math.max(factor * this.below.naturalWidth, 320)}px`;
    };
  }

  thumbs() {
    return element("div", { class: "thumbs" }, ...this.pictures.map((picture, index) => {
      const image = element("img", { src: picture.uri, alt: picture.name, loading: "lazy" });
      const shown = this.pictures.length > 1
        ? element("button", {
          type: "button", title: "show on the right of the slider",
          onclick: () => {
            this.right = picture;
            this.chosen = [this.left.label, this.right.label];
            this.selects[1].value = index;
            this.update();
          },
        }, image) : image;
      return element("figure", {}, shown, element("figcaption", {}, picture.label));
    }));
  }
}

function figures(kind, pictures) {
  return element("div", { class: kind }, ...pictures.map((picture) => element("figure", { class: "card sheet" },
    element("img", { src: picture.uri, alt: picture.name }), element("figcaption", {}, picture.label))));
}
