// What all rows say together: heat map, parallel coordinates, plain or spike, distribution.
const MOST_LINES = 3000;
const MOST_AXES = 12;
const MOST_CELLS = 40000;
const MOST_HELD = 4;

function options(select, names, chosen) {
  select.replaceChildren(...names.map((name) => element("option", name, { value: name })));
  if (names.includes(chosen)) select.value = chosen;
}

class HeatMap {
  constructor(data, rows, formats, theme, chosen) {
    Object.assign(this, { data, rows, formats, theme, chosen });
    // Numbers first: they make a landscape.
    const names = Object.keys(data.varying).sort((one, other) => rows.isNumber(other) - rows.isNumber(one));
    this.names = names;
    const get = (id) => document.getElementById(id);
    this.x = get("heat-x"); this.y = get("heat-y"); this.metric = get("heat-metric");
    this.mode = get("heat-mode"); this.view = get("heat-view");
    options(this.x, names, names[0]);
    options(this.y, names, names[1]);
    const metrics = rows.metrics();
    options(this.metric, metrics.includes(data.objective) ? metrics : [data.objective, ...metrics], data.objective);
    for (const select of [this.x, this.y, this.metric, this.mode, this.view]) select.addEventListener("change", () => this.change(select));
    this.fixed = new Map();
    this.chart = new Chart("heat-chart", (node) => this.draw(node));
    this.change(null);
  }

  change(select) {
    if (this.x.value === this.y.value) { // the other axis takes another parameter
      const other = select === this.x ? this.y : this.x;
      other.value = this.names.find((name) => name !== this.x.value);
    }
    const others = this.mode.value === "fixed" ? this.names.filter((name) => ![this.x.value, this.y.value].includes(name)) : [];
    this.fixed = new Map(others.map((name) => {
      const { labels, codes } = this.rows.axis(name);
      const choice = element("select", []);
      options(choice, labels, labels[codes[0]]); // of the best row
      choice.addEventListener("change", () => this.chart.refresh());
      return [name, choice];
    }));
    document.getElementById("heat-fixed").replaceChildren(...[...this.fixed].map(([name, choice]) => element("label", [`${name} `, choice])));
    this.chart.refresh();
  }

  // Of each cell: its value, how many rows it has, and the row that a click chooses.
  cells() {
    const [x, y, metric, mode] = [this.x.value, this.y.value, this.metric.value, this.mode.value];
    const exact = metric === this.data.objective && mode !== "fixed" && this.exact(x, y, mode);
    if (exact) return exact;
    const [{ labels: across, codes: cx }, { labels: up, codes: cy }] = [this.rows.axis(x), this.rows.axis(y)];
    if (across.length * up.length > MOST_CELLS) return { said: `${x} and ${y} have ${across.length} by ${up.length} values: too many cells to draw` };
    const kept = [...this.fixed].map(([name, choice]) => [this.rows.axis(name).codes, this.rows.axis(name).labels.indexOf(choice.value)]);
    const size = across.length * up.length;
    const [sum, count, row, filled] = [new Float64Array(size), new Int32Array(size), new Int32Array(size).fill(-1), new Int32Array(size)];
    for (let i = 0; i < this.rows.ranked; i += 1) {
      if (!kept.every(([codes, wanted]) => codes[i] === wanted)) continue;
      const cell = cx[i] * up.length + cy[i];
      count[cell] += 1;
      if (row[cell] < 0) row[cell] = i; // rows are ranked: the first is the best
      const value = this.rows.value(metric, i);
      if (Number.isFinite(value)) { sum[cell] += value; filled[cell] += 1; }
    }
    const value = Array.from(row, (best, cell) => mode === "mean" ? (filled[cell] ? sum[cell] / filled[cell] : NaN) : best < 0 ? NaN : this.rows.value(metric, best));
    const said = this.data.rows.whole ? "" : `from the ${this.rows.ranked.toLocaleString("en-US")} rows of this page`;
    return { across, up, value, count, row, said };
  }

  exact(x, y, mode) {
    const found = this.data.heat_maps.find((map) => (map.x === x && map.y === y) || (map.x === y && map.y === x));
    if (!found) return null;
    const turned = found.x !== x;
    const [across, up] = (turned ? [found.levels[1], found.levels[0]] : found.levels).map((levels) => levels.map(swept));
    const place = (i, j) => turned ? j * across.length + i : i * up.length + j;
    const order = across.flatMap((_, i) => up.map((__, j) => place(i, j)));
    const source = mode === "mean" ? found.mean : found.best;
    const said = `exact, over all ${this.data.total.toLocaleString("en-US")} rows`;
    return { across, up, value: order.map((at) => source[at]), count: order.map((at) => found.count[at]), row: order.map((at) => found.row[at]), said };
  }

  draw(node) {
    const cells = this.cells();
    const [x, y, metric] = [this.x.value, this.y.value, this.metric.value];
    const whose = this.mode.value === "mean" ? "mean of each cell's rows" : `each cell's best row by ${this.data.objective}`;
    const none = cells.value && !cells.value.some(Number.isFinite) ? "no row has a value" : "";
    document.getElementById("heat-said").textContent = [`${metric}: ${whose}`, cells.said, none].filter(Boolean).join("; ");
    node.hidden = !cells.across || !cells.value.some(Number.isFinite);
    if (node.hidden) { Plotly.purge(node); return; }
    const at = (i, j) => i * cells.up.length + j;
    const grid = (of) => cells.up.map((_, j) => cells.across.map((__, i) => of(at(i, j))));
    const z = grid((cell) => Number.isFinite(cells.value[cell]) ? cells.value[cell] : null);
    const [labels, heights] = [cells.across, cells.up];
    const text = grid((cell) => `${this.formats.metric(metric, cells.value[cell])}, ${cells.count[cell]} rows`);
    const common = { z, colorscale: SCALE, reversescale: false, colorbar: { tickformat: this.formats.axis(metric), thickness: 14 }, text };
    const surface = this.view.value === "surface";
    const trace = surface
      ? { ...common, type: "surface", hovertemplate: `${x} %{x}<br>${y} %{y}<br>%{text}<extra></extra>` }
      : { ...common, type: "heatmap", x: labels, y: heights, xgap: 1, ygap: 1, hovertemplate: `${x} %{x}<br>${y} %{y}<br>%{text}<extra></extra>` };
    const axis = (title, ticks) => this.theme.axis(title, { tickvals: ticks.map((_, i) => i), ticktext: ticks });
    const layout = surface
      ? this.theme.layout({ scene: { xaxis: axis(x, labels), yaxis: axis(y, heights), zaxis: this.theme.axis(metric) } })
      : this.theme.layout({ xaxis: this.theme.axis(x, { type: "category" }), yaxis: this.theme.axis(y, { type: "category" }) });
    if (node.dataset.view !== this.view.value) Plotly.purge(node); // cells and a surface share no axes
    node.dataset.view = this.view.value;
    plot(node, `${metric} over ${x} and ${y}`, [trace], layout);
    node.removeAllListeners?.("plotly_click");
    node.on("plotly_click", (event) => {
      const point = event.points[0];
      const [i, j] = surface ? [point.x, point.y] : [labels.indexOf(String(point.x)), heights.indexOf(String(point.y))];
      const row = cells.row[at(i, j)];
      if (row >= 0) this.chosen(row);
    });
  }
}

class Parallel {
  constructor(data, rows, theme, keep) {
    Object.assign(this, { data, rows, theme, keep });
    const extra = [data.objective, "total_return", "max_drawdown", "n_trades"].filter((name) => rows.metrics().includes(name));
    this.names = [...new Set([...Object.keys(data.varying).slice(0, MOST_AXES - extra.length), ...extra])];
    const step = Math.max(1, Math.ceil(rows.ranked / MOST_LINES));
    this.lines = Array.from({ length: Math.ceil(rows.ranked / step) }, (_, i) => rows.ranked - 1 - i * step).reverse();
    const left = Object.keys(data.varying).length + extra.length - this.names.length;
    document.getElementById("parallel-said").textContent =
      (step > 1 ? `Drawn is every ${step}th row by rank. ` : "") + (left > 0 ? `${left} more parameters have no axis here.` : "");
    this.chart = new Chart("parallel-chart", (node) => this.draw(node));
  }

  draw(node) {
    const dimensions = this.names.map((name) => {
      if (this.rows.isNumber(name)) return { label: name, values: this.lines.map((row) => finite(this.rows.value(name, row))) };
      const codes = this.rows.codes(name);
      const levels = this.rows.levels(name).map(swept);
      return { label: name, values: this.lines.map((row) => codes[row]), tickvals: levels.map((_, i) => i), ticktext: levels };
    });
    const color = this.lines.map((row) => finite(this.rows.value(this.data.objective, row)));
    const line = { color, colorscale: SCALE, showscale: true, colorbar: { thickness: 12 } };
    node.style.minWidth = `${90 * this.names.length}px`;
    const label = { font: { size: 11 }, angle: this.names.length > 6 ? -20 : 0 };
    plot(node, "Parallel coordinates of the rows", [{ type: "parcoords", dimensions, line, labelfont: label.font, labelangle: label.angle }],
      this.theme.layout({ margin: { l: 70, r: 40, t: 90, b: 30 } }));
    node.removeAllListeners?.("plotly_restyle");
    node.on("plotly_restyle", () => this.brushed(node));
  }

  brushed(node) {
    const ranges = node.data[0].dimensions.map((dimension, i) => [this.names[i], dimension.constraintrange]).filter(([, range]) => range);
    const tests = ranges.map(([name, range]) => {
      const several = Array.isArray(range[0]) ? range : [range];
      const value = this.rows.isNumber(name) ? (row) => this.rows.value(name, row) : (row) => this.rows.codes(name)[row];
      return (row) => several.some(([low, high]) => value(row) >= low && value(row) <= high);
    });
    this.keep(tests.length ? (row) => tests.every((test) => test(row)) : null);
  }
}

class Plateau {
  constructor(data, rows, formats, theme, chosen) {
    Object.assign(this, { data, rows, formats, theme, chosen });
    this.chart = new Chart("plateau-chart", (node) => this.draw(node));
  }

  draw(node) {
    const name = this.data.objective;
    const points = [];
    for (let row = 0; row < this.rows.ranked; row += 1) {
      if (Number.isFinite(this.rows.value(name, row)) && Number.isFinite(this.rows.value("neighbours_median", row))) points.push(row);
    }
    const [x, y] = ["neighbours_median", name].map((of) => points.map((row) => this.rows.value(of, row)));
    node.hidden = !points.length;
    document.getElementById("plateau-said").hidden = Boolean(points.length);
    if (!points.length) return;
    const [low, high] = [...x, ...y].reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
    const text = points.map((row) => `container ${this.rows.value("index", row)}, ${this.rows.neighbours[row]} neighbours`);
    const format = this.formats.axis(name);
    const dots = { type: points.length > 2000 ? "scattergl" : "scatter", mode: "markers", x, y, text, customdata: points,
      marker: { size: 6, opacity: 0.55, color: this.theme.color("good") },
      hovertemplate: `%{text}<br>${name} %{y:${format}}<br>neighbours %{x:${format}}<extra></extra>` };
    const line = { type: "scatter", mode: "lines", x: [low, high], y: [low, high], hoverinfo: "skip", line: { color: this.theme.color("quiet"), dash: "dot" } };
    const layout = this.theme.layout({ showlegend: false, xaxis: this.theme.axis("median of the neighbours", { tickformat: format }), yaxis: this.theme.axis(name, { tickformat: format }) });
    plot(node, "Objective of each row against the median of its neighbours", [line, dots], layout);
    node.removeAllListeners?.("plotly_click");
    node.on("plotly_click", (event) => event.points[0].customdata !== undefined && this.chosen(event.points[0].customdata));
  }
}

class Distribution {
  // What buy and hold has of each symbol, where there is one set of data: a name and a number.
  held() {
    const holdings = this.data.sources.length === 1 ? Object.entries(this.data.sources[0].holdings) : [];
    const named = holdings.slice(0, MOST_HELD).map(([symbol, holding]) => [
      holdings.length > 1 ? `hold ${symbol}` : "buy and hold", infinite(holding.metrics[this.data.objective] ?? null, "double"), "bad",
    ]);
    return named.filter(([, value]) => Number.isFinite(value));
  }

  constructor(data, formats, theme) {
    Object.assign(this, { data, formats, theme });
    const { values, without, below = 0, above = 0 } = data.distribution;
    const number = (count) => count.toLocaleString("en-US");
    document.getElementById("distribution-said").textContent = `${data.objective} of ${number(values)} rows` +
      (without ? `; ${number(without)} have none` : "") + (below + above ? `; ${number(below + above)} lie beyond the ends` : "");
    this.chart = new Chart("distribution-chart", (node) => this.draw(node));
  }

  draw(node) {
    const { counts, edges, quantiles, maximum, minimum } = this.data.distribution;
    if (!counts) { node.hidden = true; return; }
    const middle = counts.map((_, i) => (edges[i] + edges[i + 1]) / 2);
    const format = this.formats.axis(this.data.objective);
    const bars = { type: "bar", x: middle, y: counts, width: edges[1] - edges[0], marker: { color: this.theme.color("good") }, hovertemplate: `%{x:${format}}: %{y} rows<extra></extra>` };
    const best = this.data.direction === "minimize" ? minimum : maximum;
    const marks = [["zero", 0, "quiet"], ["median", quantiles[2], "quiet"], ["best", best, "accent"]];
    marks.push(...this.held());
    marks.sort((one, other) => one[1] - other[1]);
    const shapes = marks.map(([, x, color]) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: this.theme.color(color), dash: "dash" } }));
    const annotations = marks.map(([text, x, color], i) => ({ text, x, yref: "paper", y: 1.02 + 0.09 * (i % 3), yanchor: "bottom", showarrow: false, font: { color: this.theme.color(color) } }));
    const layout = this.theme.layout({ bargap: 0.05, shapes, annotations, margin: { l: 60, r: 20, t: 70, b: 50 },
      xaxis: this.theme.axis(this.data.objective, { tickformat: format }), yaxis: this.theme.axis("rows") });
    plot(node, `Distribution of ${this.data.objective}`, [bars], layout);
  }
}

// The best of the same sweep on each surrogate market, and that of this one.
class NullMarkets {
  constructor(data, formats, theme) {
    Object.assign(this, { data, formats, theme });
    document.getElementById("null").hidden = false;
    document.getElementById("null-said").textContent = data.null.said;
    this.chart = new Chart("null-chart", (node) => this.draw(node));
  }

  draw(node) {
    const { counts, edges, quantiles, observed } = this.data.null;
    if (!counts) { node.hidden = true; return; }
    const middle = counts.map((_, i) => (edges[i] + edges[i + 1]) / 2);
    const format = this.formats.axis(this.data.objective);
    const bars = { type: "bar", x: middle, y: counts, width: edges[1] - edges[0], marker: { color: this.theme.color("quiet") }, hovertemplate: `%{x:${format}}: %{y} markets<extra></extra>` };
    const twentieth = this.data.direction === "minimize" ? quantiles[0] : quantiles[4];
    const marks = [["one of twenty", twentieth, "quiet"], ["this market", observed, "accent"]].sort((one, other) => one[1] - other[1]);
    const shapes = marks.map(([, x, color]) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: this.theme.color(color), dash: "dash" } }));
    const annotations = marks.map(([text, x, color], i) => ({ text, x, yref: "paper", y: 1.02 + 0.09 * i, yanchor: "bottom", showarrow: false, font: { color: this.theme.color(color) } }));
    const layout = this.theme.layout({ bargap: 0.05, shapes, annotations, margin: { l: 60, r: 20, t: 60, b: 50 },
      xaxis: this.theme.axis(`best ${this.data.objective}`, { tickformat: format }), yaxis: this.theme.axis("markets") });
    plot(node, `Best ${this.data.objective} on surrogate markets`, [bars], layout);
  }
}

function finite(value) {
  return Number.isFinite(value) ? value : null;
}
