// Numbers and times as the command line writes them.
const MISSING = "–";

class Formats {
  constructor(names) {
    this.integers = new Set(names.integers);
    this.fractions = new Set(names.fractions);
    this.money = new Set(names.money);
  }

  metric(name, value) {
    if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    if (this.integers.has(name)) return Math.trunc(value).toLocaleString("en-US");
    if (this.fractions.has(name)) return fixed(100 * value, 2) + "%";
    if (this.money.has(name)) return fixed(value, 2);
    return fixed(value, 3);
  }

  // What charts write at an axis of this metric, in the language of d3.
  axis(name) {
    return this.fractions.has(name) ? ".1%" : this.integers.has(name) || this.money.has(name) ? ",.0f" : ".3~g";
  }
}

function fixed(value, digits) {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function swept(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "null";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return String(value);
}

function short(value) {
  return String(Number(value.toPrecision(3)));
}

function element(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const part of [content].flat()) if (part !== null && part !== undefined) made.append(part);
  return made;
}

function definitions(title, entries) {
  const list = element("dl", entries.flatMap(([name, text]) => [element("dt", name), element("dd", text)]));
  return element("div", [element("h3", title), list]);
}
