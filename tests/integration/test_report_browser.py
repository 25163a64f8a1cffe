"""report.html in a real browser: on a phone and on a wide screen, light and dark, with and without scripts.

Chromium and its driver are those of the machine (Debian: chromium, chromium-driver)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from diraccert.reporting import render
from tests.unit.reporting.sample_runs import SAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NAMES = sorted(SAMPLES)
WIDTHS = (360, 1440)

# For every text on the page its contrast with what lies behind it; answers those under WCAG's AA, 4.5 (3 when large).
LOW_CONTRAST = """
const parse = (text) => { const p = text.match(/[\\d.]+/g).map(Number); return p.length > 3 && p[3] === 0 ? null : p; };
const light = (p) => p.slice(0, 3).map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const low = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || element.closest("svg, script, .visually-hidden")) continue;
  if (!element.checkVisibility()) continue;
  let behind = element, back = null;
  while (behind && !(back = parse(getComputedStyle(behind).backgroundColor))) behind = behind.parentElement;
  const style = getComputedStyle(element);
  const [a, b] = [light(parse(style.color)), light(back)].sort((x, y) => y - x);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
  if ((a + .05) / (b + .05) < (large ? 3 : 4.5)) low.push(`${element.className}: ${walker.currentNode.data.trim()}`);
}
return low;
"""


class Browser:
    """A headless Chromium that shows the reports of the sample runs."""

    def __init__(self, driver: webdriver.Chrome, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def show(self, name: str, width: int, *, dark: bool = False, scripts: bool = True, anchor: str = "") -> None:
        """Load the report of a sample run as a person would who opens the file."""
        self._tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._tell("Emulation.setEmulatedMedia", features=[scheme])
        self._tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
        )
        self.driver.get("about:blank")
        for log in ("browser", "performance"):
            self.driver.get_log(log)
        self.driver.get(f"file://{self.folder / name / 'report.html'}{anchor}")

    def ask(self, script: str) -> object:
        return self.driver.execute_script(script)

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def ids_shown(self) -> list[str]:
        rows = self.driver.find_elements(By.CSS_SELECTOR, "#scenario-table tbody tr")
        return [str(row.get_attribute("id")) for row in rows if row.is_displayed()]

    def choose(self, outcome: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, f'label[for="filter-{outcome}"]').click()

    def _tell(self, command: str, **values: object) -> None:
        self.driver.execute_cdp_cmd(command, values)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("reports")
    for name, run in SAMPLES.items():
        render(run(), folder / name)
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium, "there is no chromium: apt-get install chromium chromium-driver"
    assert chromedriver, "there is no chromedriver: apt-get install chromium chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for switch in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "disable-dev-shm-usage",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    yield Browser(driver, folder)
    driver.quit()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_asks_the_network_for_nothing_and_has_no_complaint(browser: Browser, name: str, width: int) -> None:
    browser.show(name, width)
    browser.ask("for (const details of document.querySelectorAll('details')) details.open = true;")
    assert browser.ask("return innerWidth") == width
    assert browser.ask("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.requests() == [f"file://{browser.folder / name / 'report.html'}"]
    assert browser.complaints() == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_is_in_the_first_view_and_the_failures_come_before_the_table(
    browser: Browser, name: str, width: int
) -> None:
    browser.show(name, width)
    tops = browser.ask(
        "return ['verdict', 'causes', 'limits', 'scenarios', 'timeline', 'made-of'].map((id) => {"
        " const e = document.getElementById(id); return e && e.getBoundingClientRect().top; })"
    )
    assert isinstance(tops, list)
    assert browser.ask("return document.getElementById('verdict').getBoundingClientRect().bottom") <= 500  # type: ignore[operator]
    present = [top for top in tops if top is not None]
    assert present == sorted(present)
    assert (tops[1] is None) == (name == "green")


def test_the_verdict_is_said_in_words(browser: Browser) -> None:
    for name, said in (
        ("green", "certified"),
        ("red", "not certified: 2 causes"),
        ("interrupted", "not known: interrupted"),
    ):
        browser.show(name, 360)
        heading = str(browser.ask("return document.querySelector('h1').textContent"))
        assert " ".join(heading.split()) == f"DIRAC 8.0.86: {said}"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["green", "red", "unknown", "interrupted"])
def test_every_text_can_be_read(browser: Browser, name: str, dark: bool) -> None:
    browser.show(name, 1440, dark=dark)
    ground = browser.ask("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(20, 24, 28)") is dark
    assert browser.ask(LOW_CONTRAST) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_is_filtered_by_outcome_and_by_text(browser: Browser, width: int) -> None:
    browser.show("red", width)
    assert len(browser.ids_shown()) == 19
    browser.choose("FAIL")
    assert browser.ids_shown() == ["WMS-05", "WMS-07", "DMS-03", "TS-01"]
    assert browser.driver.find_element(By.ID, "filter-shown").text == "4 of 19 shown"
    box = browser.driver.find_element(By.ID, "filter-text")
    box.send_keys("wms thousand")
    assert browser.ids_shown() == ["WMS-07"]
    browser.choose("all")
    assert browser.ids_shown() == ["WMS-07"]
    box.send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
    assert len(browser.ids_shown()) == 19


def test_without_scripts_all_is_there_and_the_outcomes_still_filter(browser: Browser) -> None:
    browser.show("red", 1440, scripts=False)
    assert len(browser.ids_shown()) == 19
    browser.choose("FAIL")
    assert browser.ids_shown() == ["WMS-05", "WMS-07", "DMS-03", "TS-01"]
    assert not browser.driver.find_element(By.ID, "filter-text").is_displayed()
    assert not browser.driver.find_element(By.CSS_SELECTOR, "button.copy").is_displayed()
    browser.show("red", 1440)


def test_a_link_to_a_scenario_shows_it(browser: Browser) -> None:
    browser.show("many", 1440, anchor="#SEC-113")
    row = browser.driver.find_element(By.ID, "SEC-113")
    top = browser.driver.execute_script("return arguments[0].getBoundingClientRect().top", row)
    assert 0 < top < 800
    assert row.find_element(By.TAG_NAME, "details").get_attribute("open")


def test_the_command_is_copied(browser: Browser) -> None:
    browser.show("red", 360)
    button = browser.driver.find_element(By.CSS_SELECTOR, "button.copy")
    browser.driver.execute_script(
        "window.copied = []; navigator.clipboard.writeText = async (text) => { window.copied.push(text); }"
    )
    button.click()
    assert browser.ask("return window.copied") == ["dirac-cert attach calm-heron server"]
    assert button.text == "Copied"


@pytest.mark.parametrize("width", WIDTHS)
def test_text_of_the_product_is_inert(browser: Browser, width: int) -> None:
    browser.show("hostile", width)
    assert browser.ask("return document.title") != "owned"
    assert str(browser.ask("return document.title")).startswith("DIRAC 8.0.86<script>")
    assert browser.ask("return document.querySelectorAll('img, iframe, object, embed, form').length") == 0
    assert browser.ask("return document.scripts.length") == 1
    assert "49" not in str(browser.ask("return document.querySelector('.reason').textContent"))


def test_a_script_that_got_in_would_not_run(browser: Browser) -> None:
    browser.show("green", 1440)
    browser.ask(
        "const s = document.createElement('script'); s.textContent = 'document.title = 1'; document.body.append(s);"
        "const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i);"
    )
    assert browser.ask("return document.title") == "DIRAC 8.0.86: certified"
    assert len([line for line in browser.complaints() if "Content Security Policy" in line]) == 2


def test_on_a_phone_the_timeline_scrolls_in_its_own_box(browser: Browser) -> None:
    browser.show("many", 360)
    inner, outer = browser.ask(
        "const box = document.querySelector('.scroll'); return [box.scrollWidth, box.clientWidth]"
    )  # type: ignore[misc]
    assert inner > 2 * outer
    assert outer < 360
