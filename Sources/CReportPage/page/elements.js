// Elements and numbers. All text enters the page as text: there is no markup in strings here.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") Object.assign(made.style, value);
    else if (key === "colour") made.style.setProperty("--colour", `var(--c${value % 8})`);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => superscripts[digit]).join("");
  return "10" + (exponent < 0 ? "⁻" : "") + digits;
}

/** A number in few digits: 12 345, 0.0123, 1.2·10⁻⁷. */
function short(value, digits = 4) {
  if (value == null || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return grouped(value);
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 2).split("e");
    return `${Number(mantissa)}·${power(Number(exponent))}`.replace("-", "−");
  }
  if (size >= 1000) return grouped(Math.round(value));
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** 1234567 as 1 234 567, with thin spaces. */
function grouped(value) {
  const [sign, digits] = value < 0 ? ["−", String(-value)] : ["", String(value)];
  return sign + (digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, "\u2009"));
}

function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return "–";
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds - 60 * minutes)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function bytes(count) {
  return count >= 1e9 ? `${(count / 1e9).toFixed(2)} GB` : `${(count / 1e6).toFixed(0)} MB`;
}

function date(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const at = new Date(1000 * seconds);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `
    + `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** A heading with what belongs to it; nothing where there is nothing. */
function section(title, ...children) {
  const shown = children.filter(Boolean);
  return shown.length ? element("section", {}, element("h2", {}, title), ...shown) : null;
}
