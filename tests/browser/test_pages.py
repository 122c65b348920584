"""Pages in a real browser: they render, the strip moves the numbers, nothing is asked of the network.

Skipped where no browser is found: on Debian, ``apt-get install chromium chromium-driver``.
"""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from made_up import made_up
from PIL import Image
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.analysis.paired import Interval
from csm_sim.analysis.what_if import TeamPoint, WhatIf
from csm_sim.language import using
from csm_sim.report.html_compare import compare_page
from csm_sim.report.html_run import run_page

selenium = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install -e .[dev]")

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (BROWSER and DRIVER),
        reason="no chromium with chromedriver: apt-get install chromium chromium-driver",
    ),
]

PHONE, DESK = 375, 1280
ROLES = ("csm", "サポート <b>担当</b>")


def _team(csm: int, support: int) -> TeamPoint:
    on_time = 0.6 + 0.1 * csm + 0.02 * support
    return TeamPoint((csm, support), 24, {
        "cost": Interval(*(9e6 * (csm + support),) * 3, 24),
        "on_time": Interval(on_time, on_time - 0.02, on_time + 0.02, 24),
        "arr_kept": Interval(1e6 * (csm - 1), 0.5e6 * (csm - 1), 1.5e6 * (csm - 1), 24),
    })  # fmt: skip


TEAMS = WhatIf(
    name="Small team", source="sweep", currency="JPY", seed=7, horizon="6 months", roles=ROLES,
    points=tuple(_team(*people) for people in ((1, 1), (1, 2), (2, 1), (2, 2), (4, 2))), base=0,
    headline={},
)  # fmt: skip
"""There is no team of 3 csm, and none of 4 with one other."""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """The small team with names in Japanese, and names that would do harm."""
    people = ["山田 花子", "<script>document.title='harm'</script>", "=1+1", "x" * 40_000]
    listed = "".join(f'  - {{name: "{name}", role: csm}}\n' for name in people)
    text = SCENARIO.replace("name: Small team", "name: 顧客成功チーム <img src=http://harm.example/x.png>")
    text = text.replace("csm: {headcount: 1,", "csm: {headcount: 4, cost: 9M per year,")
    return run_small(tmp_path_factory.mktemp("small"), n=4, text=f"{text}people:\n{listed}")


@pytest.fixture(scope="module")
def pages(simulated: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of a run with the strip, of the same in Japanese, and of a comparison."""
    where = tmp_path_factory.mktemp("pages")

    def run() -> str:
        return run_page(
            simulated.summary, simulated.loaded.scenario, simulated.world, simulated.replications.sample,
            manifest={"version": "0", "seed": 7}, what_if=TEAMS,
        )  # fmt: skip

    texts = {"run": run(), "compare": compare_page(made_up())}
    with using("ja"):
        texts["ja"] = run()
    for name, text in texts.items():
        (where / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: where / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    from selenium.webdriver.chrome.service import Service

    options = selenium.ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = selenium.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def _open(browser: Any, page: Path, width: int = DESK) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(page.as_uri())


NAMES = ("run", "ja", "compare")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_goes_wrong_and_nothing_is_asked_for(
    browser: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    _open(browser, pages[name], width)
    assert browser.get_log("browser") == []
    asked = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"] == "Network.requestWillBeSent"
    ]
    assert asked == [pages[name].as_uri()]
    assert "harm" not in browser.title.replace("harm.example", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_shows_the_page_without_scrolling_sideways(
    browser: Any, pages: dict[str, Path], name: str
) -> None:
    _open(browser, pages[name], PHONE)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE
    narrow = browser.execute_script(
        "return [...document.querySelectorAll('figure svg')].filter(one => one.getBoundingClientRect().width)"
        ".map(one => [one.closest('.narrow') !== null || one.closest('.legend') !== null,"
        " one.getBoundingClientRect().right])"
    )
    assert narrow
    assert all(small and right <= PHONE for small, right in narrow)
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('main p, main li, main td, .narrow text')]"
        ".filter(one => one.getBoundingClientRect().width)"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 12
    heads = browser.execute_script(
        "return [...document.querySelectorAll('thead th')].filter(one => one.textContent.trim())"
        ".map(one => one.getBoundingClientRect().height)"
    )
    assert max(heads) < 100  # no title is broken letter by letter


def test_a_wide_page_shows_the_wide_figures(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["run"])
    shown = browser.execute_script(
        "return [...document.querySelectorAll('figure .wide, figure .narrow')]"
        ".map(one => [one.className, one.offsetWidth > 0])"
    )
    assert shown
    assert all(seen == (kind == "wide") for kind, seen in shown)


def _shown(browser: Any) -> dict[str, str]:
    return dict(
        browser.execute_script(
            "return [...document.querySelectorAll('.measure')]"
            ".map(one => [one.dataset.measure, one.querySelector('.value').textContent])"
        )
    )


def _people(browser: Any) -> list[int]:
    return list(
        browser.execute_script(
            "return [...document.querySelectorAll('.strip input')].map(one => Number(one.value))"
        )
    )


def test_keys_move_the_strip_and_the_numbers(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    _open(browser, pages["run"])
    assert _people(browser) == [1, 1]
    before = _shown(browser)
    slider = browser.find_element(By.ID, "role-0")
    slider.send_keys(Keys.ARROW_RIGHT)
    assert _people(browser) == [2, 1]
    after = _shown(browser)
    assert after["cost"] == "¥27M" and before["cost"] == "¥18M"
    assert all(after[name] != before[name] for name in before)
    assert "csm 2" in browser.find_element(By.ID, "what-if-said").text
    # nobody simulated 3: the next one that was is shown, and the page says so
    slider.send_keys(Keys.ARROW_RIGHT)
    assert _people(browser) == [4, 2]
    said = browser.find_element(By.ID, "what-if-said").text
    assert said.startswith("Not simulated; the nearest team that was:") and "csm 4" in said
    slider.send_keys(Keys.HOME)
    assert _people(browser)[0] == 1
    assert "nearest" not in browser.find_element(By.ID, "what-if-said").text


def test_buttons_move_the_strip_and_lead_back(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.by import By

    _open(browser, pages["run"])
    start = _shown(browser)
    more = browser.find_element(By.CSS_SELECTOR, "button.step[data-role='1'][data-by='1']")
    browser.execute_script("arguments[0].click()", more)
    assert _people(browser) == [1, 2]
    assert _shown(browser)["on_time"] == "74.0%"
    browser.execute_script("document.getElementById('what-if-back').click()")
    assert _people(browser) == [1, 1] and _shown(browser) == start


def test_every_simulated_team_can_be_reached(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["run"])
    for csm, support in (point.people for point in TEAMS.points):
        for role, count in ((0, csm), (1, support), (0, csm)):
            browser.execute_script(
                "const one = document.getElementById('role-' + arguments[0]); one.value = arguments[1];"
                "one.dispatchEvent(new Event('input'))",
                role, count,
            )  # fmt: skip
        assert _people(browser) == [csm, support]


def test_bars_move_with_the_numbers(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["run"])
    place = "return Number(document.querySelector('[data-measure=cost] circle').getAttribute('cx'))"
    first = browser.execute_script(place)
    browser.execute_script("document.querySelector(\"button.step[data-role='0'][data-by='1']\").click()")
    assert browser.execute_script(place) > first


def test_the_tab_key_goes_through_the_page_in_its_order(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    _open(browser, pages["run"])
    tops, names = [], []
    for _ in range(40):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        top, name, outline = browser.execute_script(
            "const one = document.activeElement; const box = one.getBoundingClientRect();"
            "return [box.top + scrollY, one.id || one.className || one.tagName,"
            " getComputedStyle(one).outlineStyle]"
        )
        if names and name == "BODY":  # once through
            break
        tops.append(top)
        names.append(name)
        assert outline != "none", name
    assert names[0] == "skip"
    assert {"role-0", "role-1", "what-if-back"} <= set(names)
    assert all(later >= earlier - 60 for earlier, later in pairwise(tops[1:]))


def test_the_tab_key_stops_at_tables_that_scroll_only(browser: Any, pages: dict[str, Path]) -> None:
    stops = (
        "return [...document.querySelectorAll('.scroll')]"
        ".every(one => one.hasAttribute('tabindex') === (one.scrollWidth > one.clientWidth))"
    )
    for width in (DESK, PHONE):
        _open(browser, pages["run"], width)
        assert browser.execute_script(stops)


def test_names_stay_text(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["run"])
    text = browser.execute_script("return document.body.textContent")
    assert "<img src=http://harm.example/x.png>" in text
    assert browser.execute_script("return document.querySelectorAll('img, b, script').length") == 2
    assert (
        browser.execute_script("return document.querySelector('.slider:nth-child(2) label').textContent")
        == ROLES[1]
    )


def test_japanese_is_drawn_with_glyphs_of_its_own(browser: Any, pages: dict[str, Path]) -> None:
    """Characters without a font would all be the same box."""
    _open(browser, pages["ja"])
    pictures = []
    for name in "顧客成功山田花子":
        browser.execute_script("document.querySelector('h1').textContent = arguments[0]", name)
        box = browser.execute_script(
            "const box = document.querySelector('h1').getBoundingClientRect();"
            "return [box.left, box.top + scrollY, 40, box.height]"
        )
        shot = browser.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"format": "png", "captureBeyondViewport": True,
             "clip": dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"scale": 1}},
        )  # fmt: skip
        image = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("L")
        assert image.getextrema()[0] < 100  # something is drawn
        pictures.append(image.tobytes())
    assert len(set(pictures)) == len(pictures)


def test_everything_is_on_paper(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["run"])
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    closed = "return [...document.querySelectorAll('details')].filter(one => !one.open).length"
    assert browser.execute_script(closed) == 0
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(closed) > 0
    paper = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert paper.startswith(b"%PDF") and len(paper) > 20_000


def test_without_a_script_all_teams_can_be_read(browser: Any, pages: dict[str, Path]) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        _open(browser, pages["run"])
        source = browser.page_source
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert 'id="strip" hidden' in source
    for point in TEAMS.points:
        assert f"csm {point.people[0]}, " in source


def test_grey_paper_tells_lines_apart(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["compare"])
    dashes = browser.execute_script(
        "return [...document.querySelector('figure').querySelectorAll('.wide polyline')]"
        ".map(one => getComputedStyle(one).strokeDasharray)"
    )
    assert len(dashes) == len(set(dashes)) == 3


def test_points_without_a_base_can_be_moved_through(
    browser: Any, simulated: SmallRun, tmp_path: Path
) -> None:
    from csm_sim.report.html_what_if import what_if_page

    path = tmp_path / "teams.html"
    path.write_text(what_if_page(replace(TEAMS, base=None)), encoding="utf-8")
    _open(browser, path)
    browser.execute_script("document.querySelector(\"button.step[data-role='0'][data-by='1']\").click()")
    assert _people(browser) == [2, 1]
    assert browser.get_log("browser") == []
