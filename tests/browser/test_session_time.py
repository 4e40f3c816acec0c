"""A session that is about to end says so on the page, and goes on when told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from trellis.platform import clock
from trellis.platform.migrations.tables import sys_session
from trellis.platform.people.sessions import id_of

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def test_an_idle_page_says_so_in_time_and_stays_signed_in_by_a_key(
    served: Served, open_page: Opens, axe: Callable[[Page], None]
) -> None:
    page, mine = open_page(360, 740, who="rep"), id_of(served.site.tokens["rep"])
    idle = clock.now() - timedelta(hours=2) + timedelta(seconds=90)
    with served.site.db.write() as conn:
        conn.execute(sa.update(sys_session).where(sys_session.c.id == mine).values(seen_at=idle))
    page.set_extra_http_headers({"X-Quietly": "1"})  # nobody has come back yet
    page.goto("/search")
    stay = page.get_by_role("button", name="Stay signed in")
    expect(stay).to_be_visible()
    axe(page)
    stay.focus()
    page.keyboard.press("Enter")
    expect(stay).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()
    with served.site.db.read() as conn:
        seen = conn.scalar(sa.select(sys_session.c.seen_at).where(sys_session.c.id == mine))
    assert seen is not None
    assert clock.now() - seen < timedelta(minutes=1)
