"""Fixtures of the journeys: the application on a fresh org, headless Chromium, a watch on pages.

A page fails its test when the browser reported a script error, a violation of the content policy or
a request to anywhere but the server under test.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from trellis.platform.config import Config
from trellis.platform.orgs import Orgs
from trellis.platform.people import users
from trellis.platform.people.actor import ADMIN, system_actor
from trellis.platform.people.passwords import hash_password
from trellis.platform.people.users import UserDraft
from trellis.wsgi import create_app

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
REFUSED_ON_PURPOSE = ("status of 409", "status of 422")  # a form that comes back with its errors

USERNAME, PASSWORD = "ada@example.com", "correct horse battery staple"


class Opens(Protocol):
    """Opens a page in a browser of its own, signed in as the administrator by default."""

    def __call__(
        self,
        width: int = 1440,
        height: int = 900,
        *,
        dark: bool = False,
        scripts: bool = True,
        signed_in: bool = True,
        touch: bool = False,
    ) -> Page: ...


@pytest.fixture(scope="session")
def org_home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a server with a fresh org "main" and an administrator."""
    environ = {
        "TRELLIS_DATA_DIR": str(tmp_path_factory.mktemp("served")),
        "TRELLIS_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2,
        "TRELLIS_WORKER": "false",
    }
    orgs = Orgs(Config.read(environ))
    db = orgs.create("main", "Northline")
    by = system_actor("main", "set-up of the journeys")
    draft = UserDraft(USERNAME, USERNAME, "Lovelace", "Ada", profile=ADMIN)
    password_hash = hash_password(PASSWORD)

    def add(conn: Any) -> None:
        user = users.create_user(conn, draft, by)
        users.set_password(conn, user.id, password_hash, by)

    db.transact(add)
    orgs.dispose()
    return environ


@pytest.fixture(scope="session")
def base_url(org_home: dict[str, str]) -> Iterator[str]:
    """The address of the served application."""
    server = make_server("127.0.0.1", 0, create_app(org_home), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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


@pytest.fixture(scope="session")
def session_state(browser: Browser, base_url: str) -> Any:
    """The cookies of the signed-in administrator."""
    context = browser.new_context(base_url=base_url)
    sign_in(context.new_page())
    state = context.storage_state()
    context.close()
    return state


def sign_in(page: Page, username: str = USERNAME, password: str = PASSWORD) -> None:
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
        context.route(
            lambda url: not url.startswith((base_url, "data:", "blob:")),
            lambda route: (self.away.append(route.request.url), route.abort()),
        )
        context.add_init_script(WATCH)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hear)

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
def open_page(browser: Browser, base_url: str, request: pytest.FixtureRequest) -> Iterator[Opens]:
    """Opens watched pages; what went wrong in any of them fails the test at its end."""
    watched: list[Watched] = []

    def opens(
        width: int = 1440,
        height: int = 900,
        *,
        dark: bool = False,
        scripts: bool = True,
        signed_in: bool = True,
        touch: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            locale="en-US",
            timezone_id="UTC",
            reduced_motion="reduce",
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            has_touch=touch,
            storage_state=request.getfixturevalue("session_state") if signed_in else None,
        )
        context.set_default_timeout(8000)
        watched.append(Watched(context, base_url))
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
