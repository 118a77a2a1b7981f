// From the data to the page; what is chosen in one place is shown in all others.
class Page {
  constructor(data) {
    this.data = data;
    this.formats = new Formats(data.names);
    this.theme = new Theme(() => this.refresh());
    this.history = new History(data, this.formats, this.theme);
    this.charts = [];
    if (data.kind === "container") {
      document.getElementById("container-title").textContent = "History";
      this.facts([["Metrics", Object.entries(data.metrics).map(([name, value]) => [name, this.formats.metric(name, infinite(value, "double"))])]]);
      this.history.show(data.container, "the container");
      return;
    }
    this.rows = new Rows(data);
    const choose = (row) => this.choose(row, true);
    this.table = new RowTable(this.rows, data, this.formats, choose);
    const varying = Object.keys(data.varying).length;
    for (const section of document.querySelectorAll("[data-needs]")) section.hidden = varying < Number(section.dataset.needs) || !this.rows.ranked;
    if (this.rows.ranked) {
      if (varying >= 2) this.charts.push(new HeatMap(data, this.rows, this.formats, this.theme, choose).chart);
      if (varying >= 1) {
        this.charts.push(new Parallel(data, this.rows, this.theme, (brush) => this.table.keep(brush)).chart);
        this.charts.push(new Plateau(data, this.rows, this.formats, this.theme, choose).chart);
      }
    }
    this.charts.push(new Distribution(data, this.formats, this.theme).chart);
    if (data.null) this.charts.push(new NullMarkets(data, this.formats, this.theme).chart);
    this.failures();
    if (this.rows.length) this.choose(0, false);
    else document.getElementById("container").hidden = true;
  }

  refresh() {
    for (const chart of this.charts) chart.refresh();
    this.history.refresh();
  }

  facts(groups) {
    document.getElementById("container-facts").replaceChildren(...groups.map(([title, entries]) => definitions(title, entries)));
  }

  choose(row, moved) {
    this.table.select(row);
    const index = this.rows.value("index", row);
    const history = this.data.histories[row];
    const rank = row < this.data.rows.best ? `, rank ${row + 1}` : "";
    document.getElementById("container-title").textContent = `Container ${index}${rank}`;
    const said = document.getElementById("container-said");
    const command = element("code", `${this.data.replay} ${index} --html`);
    if (history) said.replaceChildren("Replayed for this page. Every event: ", element("code", `${this.data.replay} ${index} --events events.csv`));
    else said.replaceChildren("The history of this one is not in this page. To see it: ", command);
    const error = this.rows.columns.has("error") ? this.rows.value("error", row) : null;
    const leading = [["container_id", swept(this.rows.value("container_id", row))], ["status", swept(this.rows.value("status", row))]];
    if (error) leading.push(["error", error]);
    const parameters = this.rows.names("swept").map((name) => [name, swept(this.rows.value(name, row))]);
    const metrics = this.rows.names("metric").filter((name) => name !== "neighbours_median")
      .map((name) => [name, this.formats.metric(name, this.rows.value(name, row))]).filter(([name, text]) => !(name.startsWith("rejects") && text === "0"));
    const half = Math.ceil(metrics.length / 2);
    this.facts([["Parameters", [...leading, ...parameters]], ["Metrics", metrics.slice(0, half)], ["More metrics", metrics.slice(half)]]);
    this.history.show(history, `container ${index}`);
    if (moved) document.getElementById("container").scrollIntoView({ behavior: "smooth", block: "start" });
  }

  failures() {
    const { failed, failed_in_all: total } = this.data.rows;
    if (!total) return;
    document.getElementById("failures").hidden = false;
    const kinds = Object.entries(this.data.counts).filter(([status]) => status !== "ok").map(([status, count]) => `${count.toLocaleString("en-US")} ${status}`);
    const most = Math.min(failed, 200);
    document.getElementById("failures-said").textContent = kinds.join(", ") + (most < total ? `; the first ${most} are listed` : "");
    const rows = Array.from({ length: most }, (_, i) => this.rows.ranked + i).map((row) => {
      const index = this.rows.value("index", row);
      const error = this.rows.value("error", row) ?? "";
      return element("tr", [element("td", String(index), { class: "number" }), element("td", this.rows.value("status", row)), element("td", error, { class: "text" }), element("td", element("code", `${this.data.replay} ${index}`))]);
    });
    const head = element("tr", ["index", "status", "error", "to look into it"].map((text) => element("th", text, { scope: "col" })));
    document.getElementById("failed").replaceChildren(element("thead", head), element("tbody", rows));
  }
}

(async () => {
  try {
    if (typeof DecompressionStream === "undefined") throw new Error("this browser is too old for this page: it needs DecompressionStream (browsers since 2023 have it)");
    window.page = new Page(unpacked(await inflated("data")));
    document.body.dataset.table = "true"; // can be sorted, filtered and searched
    await new Promise((resolve) => { setTimeout(resolve, 20); }); // the browser shows it meanwhile
    await runLibrary("plotly");
    await runLibrary("lightweight-charts");
    libraries.resolve();
    document.body.dataset.ready = "true";
  } catch (problem) {
    const shown = document.getElementById("problem");
    shown.textContent = `This page cannot be shown: ${problem.message}`;
    shown.hidden = false;
    throw problem;
  }
})();
