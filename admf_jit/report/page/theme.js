// Light and dark, as the system says or as the reader chooses, and the look of all charts.
// Colours of lines: Okabe and Ito (2008), told apart by people who are colour-blind.
const LINES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c00", "#7f7f7f"];
const SCALE = "Cividis";
const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };

class Theme {
  constructor(changed) {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.set(dark.matches);
    const change = (isDark) => { this.set(isDark); changed(); };
    dark.addEventListener("change", (event) => change(event.matches));
    document.getElementById("theme").addEventListener("click", () => change(!this.dark));
  }

  set(dark) {
    this.dark = dark;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }

  color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  axis(title, more = {}) {
    return { title: { text: title }, gridcolor: this.color("grid"), zerolinecolor: this.color("line"), automargin: true, ...more };
  }

  layout(more = {}) {
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: LINES,
      font: { color: this.color("text"), family: "system-ui, sans-serif", size: 12 },
      margin: { l: 60, r: 20, t: 20, b: 50 }, hovermode: "closest",
      hoverlabel: { bgcolor: this.color("panel"), bordercolor: this.color("line"), font: { color: this.color("text") } },
      legend: { orientation: "h", y: -0.15 }, ...more,
    };
  }
}

// The libraries of charts, which are loaded after the table is shown.
const libraries = {};
libraries.loaded = new Promise((resolve) => { libraries.resolve = resolve; });

// Draws when the chart comes into view, and again whenever something it shows has changed.
class Chart {
  constructor(id, draw) {
    this.node = document.getElementById(id);
    this.draw = draw;
    this.seen = false;
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      libraries.loaded.then(() => {
        this.seen = true;
        this.draw(this.node);
      });
    }, { rootMargin: "300px" }).observe(this.node);
  }

  refresh() {
    if (this.seen) this.draw(this.node);
  }
}

function plot(node, label, traces, layout) {
  node.setAttribute("role", "group"); // its buttons can be focused
  node.setAttribute("aria-label", label);
  return Plotly.react(node, traces, layout, CONFIG);
}
