"""Pages in a real browser: what is clicked, typed and dragged does what it says, and nothing is asked of a network."""

import importlib.util
import shutil
from pathlib import Path

import pytest

import admf_jit as aj
from admf_jit import workflow
from admf_jit.report import write_container_report
from tests.report.test_clock import hours

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium")
#: Software rendering, so that WebGL is there on any machine; a container has no sandbox for its root.
OPTIONS = ("--no-sandbox", "--use-gl=swiftshader", "--enable-unsafe-swiftshader")
#: Milliseconds, where other tests take the processors.
PATIENCE = 120_000


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS), timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def opened(browser):
    """Opens a file; at the end there was no error on the console and no request to anywhere."""
    contexts, said = [], []

    def open_file(path, **options):
        context = browser.new_context(viewport={"width": 1200, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready=true]")
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture(scope="module")
def report(opened, run, page):
    """The page of the run, opened once: each test begins with all rows shown."""
    return opened(run.path / "report.html")


@pytest.fixture
def shown(report):
    report.click("#clear")
    report.evaluate("window.page.table.sorted = {name: null, falling: false}; window.page.table.update()")
    return report


def rows(page):
    return [line.split("\t") for line in page.locator("#table tbody").inner_text().splitlines()]


def drawn(page, chart):
    page.locator(chart).scroll_into_view_if_needed()
    page.wait_for_selector(f"{chart} .main-svg")


def test_the_table_is_sorted_filtered_and_searched(shown, many):
    frame = many.frame.set_index("index")
    ranked = frame[frame["status"] == "ok"].sort_values("sharpe_ratio", ascending=False, kind="stable")
    assert [int(row[0]) for row in rows(shown)[:9]] == list(ranked.index)
    shown.click('[data-column="total_return"]')
    best = ranked.sort_values("total_return", ascending=False, kind="stable")
    assert [int(row[0]) for row in rows(shown)[:9]] == list(best.index)
    shown.fill("#filter", "period >= 3 and threshold < 0.015")
    kept = frame[(frame["period"] >= 3) & (frame["threshold"] < 0.015)]
    assert {int(row[0]) for row in rows(shown)} == set(kept.index)
    assert shown.inner_text("#filter-said") == f"{len(kept)} of 12 rows are shown"
    shown.fill("#filter", "perid > 3")
    assert 'no column "perid"' in shown.inner_text("#filter-said")
    shown.click("#clear")
    shown.fill("#search", "failed")
    assert {int(row[0]) for row in rows(shown)} == set(frame.index[frame["status"] == "failed"])


def test_a_row_or_a_cell_that_is_chosen_is_shown_everywhere(shown, many):
    assert shown.inner_text("#container-title").startswith("Container ")
    shown.focus("#table tbody tr:nth-child(3)")
    shown.keyboard.press("Enter")
    third = rows(shown)[2][0]
    assert shown.inner_text("#container-title") == f"Container {third}, rank 3"
    trades = many.container(int(third)).trades
    assert f"{len(trades)} trades" in shown.inner_text("#trades-page")
    drawn(shown, "#heat-chart")
    # The cell of period 2 and threshold 0.02: its only row.
    shown.evaluate("document.getElementById('heat-chart').emit('plotly_click', {points: [{x: '2', y: '0.02'}]})")
    frame = many.frame
    (index,) = frame.loc[(frame["period"] == 2) & (frame["threshold"] == 0.02), "index"]
    assert shown.inner_text("#container-title").startswith(f"Container {index},")
    assert shown.locator('#table tr[aria-selected="true"] td').first.inner_text() == str(index)


def test_axes_of_the_heat_map_are_chosen(shown, many):
    drawn(shown, "#heat-chart")
    shown.select_option("#heat-x", "threshold")
    assert shown.input_value("#heat-y") == "period"
    shown.select_option("#heat-metric", "total_return")
    z = shown.evaluate("document.getElementById('heat-chart').data[0].z")
    expected = many.frame.pivot(index="period", columns="threshold", values="total_return")
    found = [[value if value is not None else float("nan") for value in line] for line in z]
    assert found[:3] == expected.to_numpy()[:3].tolist()
    shown.select_option("#heat-view", "surface")
    shown.wait_for_selector("#heat-chart .gl-container canvas")


def test_a_range_of_the_parallel_coordinates_filters_the_table(shown, many):
    shown.locator("#parallel-chart").scroll_into_view_if_needed()
    shown.wait_for_selector("#parallel-chart .parcoords")
    shown.evaluate("Plotly.restyle('parallel-chart', {'dimensions[0].constraintrange': [[1.5, 2.5]]})")
    shown.wait_for_function("document.getElementById('filter-said').textContent !== ''")
    frame = many.frame
    assert {int(row[0]) for row in rows(shown)} == set(frame.loc[frame["period"] == 2, "index"])


def test_all_charts_are_drawn_in_the_dark_and_on_a_narrow_screen(opened, run, page):
    shown = opened(run.path / "report.html", color_scheme="dark")
    shown.set_viewport_size({"width": 390, "height": 800})
    for chart in ("#equity", "#months", "#holding", "#heat-chart", "#plateau-chart", "#distribution-chart"):
        drawn(shown, chart)
    shown.locator("#candles").scroll_into_view_if_needed()
    shown.wait_for_selector("#candles canvas")
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    shown.click("#theme")
    assert shown.evaluate("document.documentElement.dataset.theme") == "light"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_that_keeps_somebody_out(opened, run, page, width, scheme):
    """Contrast, names of controls, keyboard and order of headings, as axe-core checks them."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None:
        pytest.skip("the package axe-playwright-python is not there")
    shown = opened(run.path / "report.html", color_scheme=scheme)
    shown.set_viewport_size({"width": width, "height": 900})
    drawn(shown, "#equity")
    shown.evaluate((Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = shown.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10
    said = [(one["id"], one["impact"], [node["html"] for node in one["nodes"][:3]]) for one in found["violations"]]
    assert [one for one in said if one[1] in ("serious", "critical")] == []


def test_the_page_of_one_container_is_drawn(opened, run, tmp_path):
    written = write_container_report(workflow.replay(run.path, 1), tmp_path / "one.html", "one")
    shown = opened(written.path)
    drawn(shown, "#equity")
    shown.wait_for_selector("#candles canvas")
    assert shown.inner_text("#container-facts").startswith("Metrics")


def test_times_are_those_of_the_exchange_also_where_an_hour_comes_twice(opened, tmp_path):
    one = aj.backtest("sma_crossover", hours(), parameters={"fast_period": 3, "slow_period": 7})
    shown = opened(write_container_report(one, tmp_path / "hours.html", "hours").path)
    last = shown.locator("#trades tbody tr").first.inner_text().split("\t")
    trade = one.trades.iloc[-1]
    expected = [trade[name].tz_convert("America/New_York") for name in ("entry_time", "exit_time")]
    assert last[3:5] == [moment.strftime("%Y-%m-%d %H:%M") for moment in expected]
    assert shown.inner_text("#zone") == "America/New_York"
    twice = shown.evaluate("[1730611800, 1730615400].map((moment) => window.page.history.clock.text(moment))")
    assert twice == ["2024-11-03 01:30", "2024-11-03 01:30"]
    walls = shown.evaluate("window.page.history.clock.rising([1730611800, 1730615400, 1730619000])")
    assert walls == [1730597400, 1730597401, 1730601000]
    shown.locator("#candles").scroll_into_view_if_needed()
    shown.wait_for_selector("#candles canvas")
