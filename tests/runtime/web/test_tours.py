"""Tours are remembered for each person; a name that is none is not found."""

from __future__ import annotations

import pytest

from tests.demo_site import Site
from trellis.runtime.tours import TOUR_OF, TOURS, note_seen, seen

HINT = "data-tour-hint"


def test_every_tour_has_three_steps_and_a_page(site: Site) -> None:
    assert set(TOUR_OF.values()) == set(TOURS)
    assert set(TOUR_OF) <= set(site.app.view_functions)
    assert {len(steps) for steps in TOURS.values()} == {3}


@pytest.mark.parametrize(
    ("name", "page"), [("home", "/home"), ("list", "/o/Lead"), ("setup", "/setup/")]
)
def test_a_tour_is_offered_until_this_person_has_seen_it(
    either_site: Site, name: str, page: str
) -> None:
    admin, rep = either_site.guest("admin"), either_site.guest("rep")
    assert HINT in admin.get(page).text
    assert admin.post(f"/tours/{name}", {}).status_code == 204
    assert HINT not in admin.get(page).text
    assert HINT in rep.get("/home").text
    with either_site.db.write() as conn:
        note_seen(conn, either_site.actor("admin"), "other")
        assert seen(conn, either_site.actor("admin")) == {name, "other"}
        assert seen(conn, either_site.actor("rep")) == frozenset()


def test_other_pages_offer_nothing_and_ask_nothing(site: Site) -> None:
    assert HINT not in site.guest("admin").get("/recycle-bin").text


def test_a_tour_that_is_none_is_not_found(site: Site) -> None:
    assert site.guest("admin").get("/tours/none").status_code == 404
    assert site.guest("admin").post("/tours/none", {}).status_code == 404
