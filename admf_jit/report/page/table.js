// The table of rows: sorted, searched, filtered, a page at a time.
const PAGE = 25;
const HEADLINE = ["sharpe_ratio", "total_return", "max_drawdown", "n_trades", "win_rate", "neighbours_median"];

class RowTable {
  constructor(rows, document_, formats, chosen) {
    Object.assign(this, { rows, formats, chosen, objective: document_.objective });
    this.sorted = { name: null, falling: false }; // null: by rank
    this.brush = null; // rows that a chart keeps
    this.page = 0;
    this.selected = -1;
    this.node = document.getElementById("table");
    for (const id of ["search", "filter"]) document.getElementById(id).addEventListener("input", () => this.update());
    document.getElementById("all-columns").addEventListener("change", () => this.draw());
    document.getElementById("clear").addEventListener("click", () => this.clear());
    document.getElementById("previous").addEventListener("click", () => this.turn(-1));
    document.getElementById("next").addEventListener("click", () => this.turn(1));
    this.update();
  }

  columns() {
    const parameters = this.rows.names("swept");
    const metrics = this.rows.names("metric");
    const first = ["index", ...parameters, this.objective];
    const rest = document.getElementById("all-columns").checked ? ["container_id", "status", "error", ...metrics] : HEADLINE;
    return [...new Set([...first, ...rest])].filter((name) => this.rows.columns.has(name));
  }

  keep(brush) {
    this.brush = brush;
    this.update();
  }

  clear() {
    for (const id of ["search", "filter"]) document.getElementById(id).value = "";
    this.brush = null;
    this.update();
  }

  update() {
    const said = document.getElementById("filter-said");
    let test = () => true;
    try {
      test = parsedFilter(document.getElementById("filter").value, this.rows);
      said.classList.remove("problem");
      said.textContent = "";
    } catch (problem) {
      said.classList.add("problem");
      said.textContent = problem.message;
      return;
    }
    const words = document.getElementById("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const searched = ["index", "container_id", "status", "error", ...this.rows.names("swept")].filter((name) => this.rows.columns.has(name));
    this.visible = [];
    for (let row = 0; row < this.rows.length; row += 1) {
      if (this.brush && !this.brush(row)) continue;
      if (test(row) && (!words.length || matches(this.rows, searched, words, row))) this.visible.push(row);
    }
    if (this.visible.length < this.rows.length) {
      said.textContent = `${this.visible.length.toLocaleString("en-US")} of ${this.rows.length.toLocaleString("en-US")} rows are shown` +
        (this.brush ? ", within the ranges of the parallel coordinates" : "");
    }
    this.sort();
    this.page = 0;
    this.draw();
  }

  sort() {
    const { name, falling } = this.sorted;
    if (name === null) {
      this.visible.sort((one, other) => one - other);
      return;
    }
    const lacks = (value) => value === null || value === undefined || Number.isNaN(value);
    this.visible.sort((one, other) => {
      const [a, b] = [this.rows.value(name, one), this.rows.value(name, other)];
      if (lacks(a) || lacks(b)) return lacks(a) - lacks(b) || one - other;
      return ((a > b) - (a < b)) * (falling ? -1 : 1) || one - other;
    });
  }

  sortBy(name) {
    const metric = this.rows.columns.get(name).role === "metric";
    this.sorted = { name, falling: this.sorted.name === name ? !this.sorted.falling : metric };
    this.sort();
    this.page = 0;
    this.draw();
    this.node.querySelector(`[data-column="${CSS.escape(name)}"]`)?.focus();
  }

  turn(pages) {
    this.page = Math.max(0, Math.min(this.page + pages, Math.ceil(this.visible.length / PAGE) - 1));
    this.draw();
  }

  cell(name, row) {
    const value = this.rows.value(name, row);
    if (this.rows.columns.get(name).role !== "metric") return value === null && name === "error" ? "" : swept(value);
    return this.formats.metric(name === "neighbours_median" ? this.objective : name, value);
  }

  draw() {
    const names = this.columns();
    const heads = names.map((name) => {
      const state = this.sorted.name !== name ? "none" : this.sorted.falling ? "descending" : "ascending";
      const mark = { none: "", ascending: " ▲", descending: " ▼" }[state];
      const button = element("button", name.replaceAll("_", " ").replaceAll(".", ".\u200b") + mark, { type: "button", "data-column": name });
      button.addEventListener("click", () => this.sortBy(name));
      return element("th", button, { "aria-sort": state, scope: "col", class: this.kind(name) });
    });
    const shown = this.visible.slice(PAGE * this.page, PAGE * (this.page + 1));
    const body = shown.map((row) => {
      const cells = names.map((name) => element("td", this.cell(name, row), { class: this.kind(name) }));
      const line = element("tr", cells, { tabindex: "0", "data-row": row, "aria-selected": row === this.selected });
      line.addEventListener("click", () => this.chosen(row));
      line.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); this.chosen(row); }
      });
      return line;
    });
    this.node.replaceChildren(element("thead", element("tr", heads)), element("tbody", body));
    const pages = Math.max(1, Math.ceil(this.visible.length / PAGE));
    document.getElementById("page").textContent = `page ${this.page + 1} of ${pages.toLocaleString("en-US")}`;
    document.getElementById("previous").disabled = this.page === 0;
    document.getElementById("next").disabled = this.page >= pages - 1;
  }

  kind(name) {
    return name === "error" ? "text" : this.rows.isNumber(name) ? "number" : "";
  }

  select(row) {
    this.selected = row;
    for (const line of this.node.querySelectorAll("tbody tr")) {
      line.setAttribute("aria-selected", Number(line.dataset.row) === row);
    }
  }
}
