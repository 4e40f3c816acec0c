"""Fixtures of the journeys: the application on a fresh org, headless Chromium, a watch on pages.

A page fails its test when the browser reported a script error, a violation of the content policy or
a request to anywhere but the server under test.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.demo_site import PASSWORD, PEOPLE, Site, Template, copied

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "platform/web/build/.dev/axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
#: Counts violations of the content policy; starts anew at each page.
WATCH = """window.__csp = []; addEventListener('securitypolicyviolation',
  e => __csp.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));"""
SPRITE = ROOT / "platform/web/frontend/icons.txt"
ICONS = "[...document.querySelectorAll('svg.i use')].map(u => u.getAttribute('href').split('#')[1])"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
#: Milliseconds that a step or an expectation waits: the disk may be busy with the other databases.
PATIENCE = 8000
expect.set_options(timeout=PATIENCE)
REFUSED_ON_PURPOSE = ("status of 409", "status of 422")  # a form that comes back with its errors


@dataclass(frozen=True)
class Served:
    """A site and the address it is served at."""

    site: Site
    url: str


class Opens(Protocol):
    """Opens a page in a browser of its own; `who` is one of PEOPLE, or "" for nobody."""

    def __call__(
        self,
        width: int = 1440,
        height: int = 900,
        *,
        who: str = "admin",
        at: Served | None = None,
        dark: bool = False,
        scripts: bool = True,
        touch: bool = False,
    ) -> Page: ...


@contextmanager
def serving(site: Site) -> Iterator[Served]:
    """Serves a site on a free port of this machine."""
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(site, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def shared(demo_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo company, for tests that only look."""
    with copied(demo_template, tmp_path_factory.mktemp("shared")) as site, serving(site) as served:
        yield served


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    """The demo company of this test alone."""
    with serving(site) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium of this machine; nothing is downloaded."""
    program = os.environ.get("TRELLIS_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if not program:
        reason = "no Chromium (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield found
        found.close()


def sign_in(page: Page, username: str = PEOPLE["admin"], password: str = PASSWORD) -> None:
    """Signs in by the form, as a person does."""
    page.goto("/login")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: urlsplit(url).path != "/login")


class Watched:
    """A browser context and what went wrong in it."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.context = context
        self.away: list[str] = []  # requests to other places
        self.errors: list[str] = []
        # Heard and not held up: a context that routes its requests keeps nothing in its cache.
        context.on("request", lambda asked: self._note(asked.url, base_url))
        context.add_init_script(WATCH)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hear)

    def _note(self, url: str, base_url: str) -> None:
        if not url.startswith((base_url, "data:", "blob:")):
            self.away.append(url)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not any(ok in message.text for ok in REFUSED_ON_PURPOSE):
            self.errors.append(message.text)

    def finish(self) -> tuple[list[str], list[str], list[str]]:
        """(requests to elsewhere, policy violations of the last page, script errors)."""
        blank = self.page.is_closed() or self.page.url == "about:blank"
        violations = [] if blank else self.page.evaluate("window.__csp || []")
        self.context.close()
        return self.away, violations, self.errors


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opens]:
    """Opens watched pages; what went wrong in any of them fails the test at its end.

    They are of the site of the test if it has one, else of the shared one.
    """
    own = "served" if "served" in request.fixturenames else "shared"
    watched: list[Watched] = []

    def opens(
        width: int = 1440,
        height: int = 900,
        *,
        who: str = "admin",
        at: Served | None = None,
        dark: bool = False,
        scripts: bool = True,
        touch: bool = False,
    ) -> Page:
        served: Served = at or request.getfixturevalue(own)
        context = browser.new_context(
            base_url=served.url,
            viewport={"width": width, "height": height},
            locale="en-US",
            timezone_id="UTC",
            reduced_motion="reduce",
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            has_touch=touch,
        )
        if who:
            cookie = {"name": "trellis", "value": served.site.cookie(who), "url": served.url}
            context.add_cookies([cookie])
        context.set_default_timeout(PATIENCE)
        watched.append(Watched(context, served.url))
        return watched[-1].page

    yield opens
    wrong = [found for one in watched if any(found := one.finish())]
    assert not wrong, wrong


@pytest.fixture
def page(open_page: Opens) -> Page:
    """A wide page in light colours, signed in as the administrator."""
    return open_page()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails on any WCAG 2.0 to 2.2 A or AA finding on the page, and on a missing icon."""

    def check(page: Page) -> None:
        assert AXE.exists(), "run: python platform/web/build/assets.py --force"
        page.evaluate(AXE.read_text("utf-8"))
        assert not set(page.evaluate(ICONS)) - set(SPRITE.read_text("utf-8").split())
        found = page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", list(RULES)
        )
        assert not found["violations"], [
            (violation["id"], node["html"][:140], node["failureSummary"][:200])
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return check


@pytest.fixture
def ready() -> Callable[[Page], None]:
    """Waits until the scripts of the page have started."""
    return lambda page: page.wait_for_selector("html[data-ready]", state="attached")
