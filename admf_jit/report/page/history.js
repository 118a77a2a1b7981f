// One container: its equity, months, fills on candles, and trades.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const TRADES_PAGE = 15;

class History {
  constructor(data, formats, theme) {
    Object.assign(this, { data, formats, theme, shown: null, name: "", page: 0 });
    const get = (id) => document.getElementById(id);
    get("beside").addEventListener("change", () => this.equity.refresh());
    get("symbol").addEventListener("change", () => { this.candles.refresh(); });
    get("trades-previous").addEventListener("click", () => { this.page -= 1; this.drawTrades(); });
    get("trades-next").addEventListener("click", () => { this.page += 1; this.drawTrades(); });
    this.equity = new Chart("equity", (node) => this.drawEquity(node));
    this.months = new Chart("months", (node) => this.drawMonths(node));
    this.candles = new Chart("candles", (node) => this.drawCandles(node));
    this.holding = new Chart("holding", (node) => this.drawHolding(node));
    this.hours = new Chart("hours", (node) => this.drawProfit(node, "hour", [...Array(24).keys()].map(String), "profit by hour of entry"));
    this.weekdays = new Chart("weekdays", (node) => this.drawProfit(node, "weekday", WEEKDAYS, "profit by weekday of entry"));
  }

  show(history, name) {
    this.shown = history && history.time ? history : null;
    this.name = name;
    this.page = 0;
    document.getElementById("history").hidden = !this.shown;
    if (!this.shown) return;
    this.source = this.data.sources[this.shown.source];
    this.clock = new Clock(this.source.zone);
    document.getElementById("zone").textContent = this.clock.name;
    const traded = new Set(this.shown.fills.symbol);
    const there = this.source.candles.filter((candle) => traded.has(candle.number));
    const listed = there.length ? there : this.source.candles.slice(0, 1);
    const select = document.getElementById("symbol");
    select.replaceChildren(...listed.map((candle) => element("option", candle.symbol, { value: candle.number })));
    document.getElementById("when").previousElementSibling.hidden = document.getElementById("when").hidden = !this.shown.trades.profit.length;
    this.drawTrades();
    this.refresh();
  }

  refresh() {
    if (this.shown) for (const chart of [this.equity, this.months, this.candles, this.holding, this.hours, this.weekdays]) chart.refresh();
  }

  drawEquity(node) {
    if (!this.shown) return;
    const curve = (history, name, line, more = {}, clock = this.clock) => [
      { x: clock.dates(history.time), y: Array.from(history.equity, (value) => value / history.initial - 1), name, line, mode: "lines", hovertemplate: "%{y:.2%} %{x|%Y-%m-%d}", ...more },
      { x: clock.dates(history.drawdown.time ?? history.time), y: history.drawdown.equity ?? history.drawdown, name, line, mode: "lines", yaxis: "y2", showlegend: false, hovertemplate: "%{y:.2%} %{x|%Y-%m-%d}", ...more },
    ];
    const traces = [];
    const beside = Number(document.getElementById("beside").value);
    const others = Object.entries(this.data.histories ?? {}).filter(([, history]) => history !== this.shown && history.time).slice(0, beside);
    others.forEach(([row, history], i) => traces.push(...curve(history, `rank ${Number(row) + 1}`, { width: 1, color: LINES[(i + 2) % LINES.length] }, { opacity: 0.6 }, new Clock(this.data.sources[history.source].zone))));
    const held = this.source.holdings[this.shown.symbol];
    if (held) traces.push(...curve(held, "buy and hold", { width: 1.5, color: this.theme.color("bad"), dash: "dot" }));
    traces.push(...curve(this.shown, this.name, { width: 2.5, color: this.theme.color("good") }));
    const layout = this.theme.layout({
      xaxis: this.theme.axis("", { anchor: "y2" }), yaxis: this.theme.axis("return", { domain: [0.36, 1], tickformat: ".0%" }),
      yaxis2: this.theme.axis("drawdown", { domain: [0, 0.3], tickformat: ".0%" }), legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
    });
    plot(node, `Equity and drawdown of ${this.name}`, traces, layout);
  }

  drawMonths(node) {
    if (!this.shown) return;
    const years = [...new Set(this.shown.months.map(([year]) => year))].sort((one, other) => one - other);
    const z = years.map(() => Array(12).fill(null));
    const whole = years.map(() => 1);
    for (const [year, month, value] of this.shown.months) {
      z[years.indexOf(year)][month - 1] = value;
      whole[years.indexOf(year)] *= value === null ? NaN : 1 + value;
    }
    const table = z.map((row, i) => [...row, Number.isFinite(whole[i]) ? whole[i] - 1 : null]);
    const largest = Math.max(1e-9, ...z.flat().map((value) => Math.abs(value ?? 0)));
    const text = table.map((row) => row.map((value) => value === null ? "" : fixed(100 * value, 1)));
    const trace = { type: "heatmap", x: [...MONTHS, "year"], y: years.map(String), z: table, text, texttemplate: "%{text}", colorscale: [[0, "#b2182b"], [0.5, this.theme.color("panel")], [1, "#2166ac"]],
      zmid: 0, zmin: -largest, zmax: largest, xgap: 2, ygap: 2, showscale: false, hovertemplate: "%{x} %{y}: %{z:.2%}<extra></extra>" };
    node.style.minHeight = `${Math.max(180, 90 + 26 * years.length)}px`;
    const layout = this.theme.layout({ height: Math.max(180, 90 + 26 * years.length), margin: { l: 50, r: 10, t: 30, b: 10 },
      xaxis: this.theme.axis("", { side: "top", type: "category", showgrid: false }), yaxis: this.theme.axis("", { type: "category", autorange: "reversed", showgrid: false }) });
    plot(node, `Returns in percent by month and year of ${this.name}`, [trace], layout);
  }

  drawCandles(node) {
    this.drawn?.remove();
    this.drawn = null;
    const number = Number(document.getElementById("symbol").value);
    const candle = this.source.candles.find((entry) => entry.number === number);
    if (!this.shown || !candle || !candle.time.length) return;
    const { bars, time: times } = candle;
    const walls = this.clock.rising(times);
    const fills = this.shown.fills;
    const [text, line] = [this.theme.color("text"), this.theme.color("grid")];
    const chart = LightweightCharts.createChart(node, { autoSize: true, layout: { background: { color: "transparent" }, textColor: text, attributionLogo: true },
      grid: { vertLines: { color: line }, horzLines: { color: line } }, timeScale: { timeVisible: walls.some((value) => value % 86400 !== 0), borderColor: line }, rightPriceScale: { borderColor: line } });
    this.drawn = chart;
    const [good, bad] = [this.theme.color("good"), this.theme.color("bad")];
    const series = chart.addSeries(LightweightCharts.CandlestickSeries, { upColor: good, borderUpColor: good, wickUpColor: good, downColor: bad, borderDownColor: bad, wickDownColor: bad });
    const candles = Array.from(walls, (value, i) => ({ time: value, open: candle.open[i], high: candle.high[i], low: candle.low[i], close: candle.close[i] }));
    series.setData(candles);
    const at = (moment) => Math.max(0, after(times, moment) - 1);
    const markers = [];
    fills.time.forEach((moment, i) => {
      if (fills.symbol[i] !== number) return;
      const buys = fills.quantity[i] > 0;
      markers.push({ time: walls[at(moment)], position: buys ? "belowBar" : "aboveBar", shape: buys ? "arrowUp" : "arrowDown", color: buys ? good : bad, text: fills.causes[fills.cause[i]] });
    });
    markers.sort((one, other) => one.time - other.time);
    LightweightCharts.createSeriesMarkers(series, markers);
    this.drawLevels(chart, number, times, walls, at);
    this.drawIndicators(node, chart, candle, walls);
    chart.subscribeCrosshairMove((event) => { document.getElementById("candle").textContent = event.time === undefined ? "" : this.caption(candle, after(walls, event.time) - 1, at); });
    const first = markers.length > 30 ? after(walls, markers[markers.length - 30].time) : 0;
    if (first > 0) chart.timeScale().setVisibleLogicalRange({ from: first - 5, to: times.length });
    else chart.timeScale().fitContent();
    const said = [];
    if (bars > 1) said.push(`each candle is ${bars} bars`);
    if (fills.total > fills.time.length) said.push(`the last ${fills.time.length} of ${fills.total.toLocaleString("en-US")} fills`);
    document.getElementById("candles-said").textContent = [`${markers.length} fills`, ...said].join("; ");
  }

  // Over the candles where they lie within the prices, each other one in a panel below.
  drawIndicators(node, chart, candle, walls) {
    const lines = (this.shown.indicators ?? []).filter((line) => line.symbol === candle.number);
    const panels = [...new Set(lines.filter((line) => !line.over).map((line) => line.panel))];
    lines.forEach((line, i) => {
      const options = { color: LINES[(i + 1) % LINES.length], lineWidth: 1, title: line.name, priceLineVisible: false, lastValueVisible: true };
      const series = chart.addSeries(LightweightCharts.LineSeries, options, line.over ? 0 : 1 + panels.indexOf(line.panel));
      series.setData(Array.from(walls, (moment, k) => Number.isFinite(line.values[k]) ? { time: moment, value: line.values[k] } : { time: moment }));
    });
    node.style.height = `${420 + 110 * panels.length}px`;
    chart.panes().forEach((pane, i) => pane.setStretchFactor(i === 0 ? 420 : 110));
  }

  // What stands beside the cross-hair: the candle, and each fill in it with its cause.
  caption(candle, i, at) {
    const fills = this.shown.fills;
    const filled = [];
    fills.time.forEach((when, k) => {
      if (fills.symbol[k] !== candle.number || at(when) !== i) return;
      filled.push(`${fills.causes[fills.cause[k]]}: ${fills.quantity[k] > 0 ? "bought" : "sold"} ${swept(Math.abs(fills.quantity[k]))} at ${swept(fills.price[k])} (event ${fills.sequence[k]})`);
    });
    const prices = ["open", "high", "low", "close"].map((name) => `${name} ${swept(candle[name][i])}`).join(" ");
    return [`${this.clock.text(candle.time[i])} ${prices}`, ...filled].join("; ");
  }

  // Stops and targets, each from the bar where it was ordered to the one where it filled or was cancelled.
  drawLevels(chart, number, times, walls, at) {
    const { kinds, kind, symbol, price, begin, end } = this.shown.levels;
    kinds.forEach((name, which) => {
      const color = name === "take profit" ? this.theme.color("good") : this.theme.color("bad");
      const points = new Map();
      for (let i = 0; i < price.length; i += 1) {
        if (kind[i] !== which || symbol[i] !== number) continue;
        for (let place = at(begin[i]); place < times.length && times[place] <= end[i]; place += 1) points.set(walls[place], price[i]);
      }
      if (!points.size) return;
      const line = chart.addSeries(LightweightCharts.LineSeries, { color: "transparent", lineWidth: 1, lineStyle: name === "trailing stop" ? 1 : 2, lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false, lineType: 1 });
      const data = [...points].sort(([one], [other]) => one - other).map(([moment, value]) => ({ time: moment, value, color }));
      line.setData(Array.from(walls, (moment) => points.has(moment) ? null : { time: moment }).filter(Boolean).concat(data).sort((one, other) => one.time - other.time));
    });
  }

  drawTrades() {
    const trades = this.shown.trades;
    const count = trades.profit.length;
    const pages = Math.max(1, Math.ceil(count / TRADES_PAGE));
    this.page = Math.max(0, Math.min(this.page, pages - 1));
    const heads = ["symbol", "side", "quantity", "entry", "exit", "entry price", "exit price", "profit", "return", "bars"];
    const rows = [];
    for (let i = count - 1 - this.page * TRADES_PAGE; i >= Math.max(0, count - (this.page + 1) * TRADES_PAGE); i -= 1) {
      const cells = [this.source.symbols[trades.symbol[i]], trades.direction[i] > 0 ? "long" : "short", swept(trades.quantity[i]), this.clock.text(trades.entry_time[i]), this.clock.text(trades.exit_time[i]),
        swept(trades.entry_price[i]), swept(trades.exit_price[i]), fixed(trades.profit[i], 2), fixed(100 * trades.return[i], 2) + "%", trades.holding[i].toLocaleString("en-US")];
      rows.push(element("tr", cells.map((text, at) => element("td", text, { class: at === 2 || at > 4 ? "number" : "" }))));
    }
    const head = element("thead", element("tr", heads.map((text, at) => element("th", text, { scope: "col", class: at === 2 || at > 4 ? "number" : "" }))));
    document.getElementById("trades").replaceChildren(head, element("tbody", rows));
    const cut = trades.total > count ? `, the last ${count.toLocaleString("en-US")} of ${trades.total.toLocaleString("en-US")} trades` : `, ${count.toLocaleString("en-US")} trades, the last first`;
    document.getElementById("trades-page").textContent = `page ${this.page + 1} of ${pages}${cut}`;
    document.getElementById("trades-previous").disabled = this.page === 0;
    document.getElementById("trades-next").disabled = this.page >= pages - 1;
  }

  drawHolding(node) {
    if (!this.shown) return;
    const trace = { type: "histogram", x: Array.from(this.shown.trades.holding), nbinsx: 30, marker: { color: this.theme.color("good") }, hovertemplate: "%{x} bars: %{y} trades<extra></extra>" };
    plot(node, `Bars that trades of ${this.name} were held`, [trace], this.small("bars held", "trades"));
  }

  drawProfit(node, by, labels, title) {
    if (!this.shown) return;
    const { profit } = this.shown.trades;
    const key = this.shown.trades[by];
    const sums = labels.map(() => 0);
    const counts = labels.map(() => 0);
    key.forEach((value, i) => { sums[value] += profit[i]; counts[value] += 1; });
    const used = labels.map((_, i) => i).filter((i) => by !== "weekday" || i < 5 || counts[i]);
    const colors = used.map((i) => this.theme.color(sums[i] < 0 ? "bad" : "good"));
    const trace = { type: "bar", x: used.map((i) => labels[i]), y: used.map((i) => sums[i]), text: used.map((i) => `${counts[i]} trades`), textposition: "none", marker: { color: colors }, hovertemplate: "%{x}: %{y:,.2f}, %{text}<extra></extra>" };
    plot(node, `${title} of ${this.name}`, [trace], this.small(title, ""));
  }

  small(x, y) {
    return this.theme.layout({ height: 240, margin: { l: 50, r: 10, t: 10, b: 45 }, xaxis: this.theme.axis(x), yaxis: this.theme.axis(y) });
  }
}
