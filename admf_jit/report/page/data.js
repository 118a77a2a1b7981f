// The data of the page and its libraries: unpacked, and rows by number.
async function inflated(id) {
  const binary = atob(document.getElementById(id).textContent);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function runLibrary(id) {
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await inflated(id));
  document.head.append(script);
}

const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, u1: Uint8Array };

function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  const start = 8 * Math.ceil((4 + length) / 8);
  const revive = (value) => {
    if (Array.isArray(value)) return value.map(revive);
    if (value === null || typeof value !== "object") return value;
    if ("$" in value) {
      const [type, offset, count] = value.$;
      return new ARRAYS[type](buffer, start + offset, count);
    }
    for (const key of Object.keys(value)) value[key] = revive(value[key]);
    return value;
  };
  return revive(JSON.parse(text));
}

const MOST_TICKS = 60;
const BINS = 20;

class Rows {
  constructor(document) {
    this.length = document.rows.embedded;
    this.ranked = document.rows.embedded - document.rows.failed; // the rows that did not fail come first
    this.columns = new Map(document.columns.map((column) => [column.name, column]));
    const { median, count } = document.neighbours;
    if (Object.keys(document.varying).length) {
      this.columns.set("neighbours_median", { name: "neighbours_median", role: "metric", type: "double", numbers: median });
      this.neighbours = count;
    }
  }

  names(role) {
    return [...this.columns.values()].filter((column) => column.role === role).map((column) => column.name);
  }

  // Metrics that are not the same in all rows.
  metrics() {
    return this.names("metric").filter((name) => "numbers" in this.columns.get(name));
  }

  value(name, row) {
    const column = this.columns.get(name);
    if ("constant" in column) return infinite(column.constant, column.type);
    if ("numbers" in column) return column.numbers[row];
    if ("texts" in column) return column.texts[row];
    return column.levels[column.codes[row]];
  }

  levels(name) {
    const column = this.columns.get(name);
    if (column.levels) return column.levels;
    if ("constant" in column) return [column.constant];
    const values = column.texts ?? Array.from(column.numbers);
    column.levels = [...new Set(values)].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
    const codes = new Map(column.levels.map((value, number) => [value, number]));
    column.codes = Int32Array.from(values, (value) => codes.get(value));
    return column.levels;
  }

  codes(name) {
    this.levels(name);
    return this.columns.get(name).codes ?? new Int32Array(this.length);
  }

  // The labels of an axis and the number of each row's: its levels, or bins of equal width where they are many.
  axis(name) {
    const column = this.columns.get(name);
    if (column.axis) return column.axis;
    const levels = this.levels(name);
    const numbers = levels.filter((level) => Number.isFinite(level));
    if (!this.isNumber(name) || numbers.length <= MOST_TICKS) column.axis = { labels: levels.map(swept), codes: this.codes(name) };
    else {
      const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
      const width = (high - low) / BINS;
      const labels = Array.from({ length: BINS }, (_, i) => `${short(low + i * width)} to ${short(low + (i + 1) * width)}`);
      const bin = levels.map((level) => Number.isFinite(level) ? Math.min(BINS - 1, Math.floor((level - low) / width)) : BINS);
      if (bin.includes(BINS)) labels.push("null");
      column.axis = { labels, codes: Int32Array.from(this.codes(name), (code) => bin[code]) };
    }
    return column.axis;
  }

  isNumber(name) {
    return this.columns.get(name).type !== "string" && this.columns.get(name).type !== "bool";
  }
}

function infinite(value, type) {
  if (type === "double" && (value === "inf" || value === "-inf")) return value === "inf" ? Infinity : -Infinity;
  return value === null && type !== "string" ? NaN : value;
}
