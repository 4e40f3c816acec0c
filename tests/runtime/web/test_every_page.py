"""Whatever a route is called: it answers, asks who calls, changes nothing by being looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from werkzeug.routing import Rule

from tests.addresses import Samples, addresses
from tests.demo_site import HOME, Site
from trellis.platform.migrations.tables import sys_session
from trellis.platform.web.access import ADMINISTRATOR, ANYONE, DELEGATED, find_access

pytestmark = pytest.mark.abuse("A39")

#: what a page of this endpoint answers when it is not 200
ELSEWHERE = {"sign_in.login": 303, "sign_in.choose": 410, "sign_in.first_password": 303,
             "pages.start": 302, "setup.object_home": 302, "pages.edit_own_view": 302,
             "pages.choose_move": 404, "pages.share_record": 403,
             "logo.logo": 404, "pages.photo": 404, "setup.permit": 302,
             "second_factor.code": 303}  # fmt: skip
DOWNLOADS = {"pages.download_file", "pages.download_version", "pages.preview_file"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
BY_TOKEN = ("/services/data", "/services/oauth2/userinfo")  # what knows no cookie


def test_the_password_alone_opens_no_page_of_somebody_with_a_second_factor(site: Site) -> None:
    with site.db.write() as conn:
        conn.execute(sa.update(sys_session).values(value={"awaits_code": True}))
    admin = site.guest("admin")
    opened = [
        (endpoint, address)
        for endpoint, address in addresses(site).items()
        if access_of(site, endpoint) is not ANYONE
        and not (admin.get(address).location or "").startswith("/login/code")
    ]
    assert opened == [("second_factor.code", "/login/code")]
    for method, address in unsafe_routes(site):
        answer = admin.client.open(address, method=method, base_url=HOME)
        assert answer.status_code in (303, 400, 401, 404, 405), (address, answer.status_code)


def access_of(site: Site, endpoint: str) -> object:
    return find_access(site.app.view_functions[endpoint])


def unsafe_routes(site: Site) -> Iterator[tuple[str, str]]:
    """(method, address) of every route that changes something."""
    samples = Samples(site)
    for rule in site.app.url_map.iter_rules():
        for method in UNSAFE & (rule.methods or set()):
            yield method, address_of(site, samples, rule)


def address_of(site: Site, samples: Samples, rule: Rule) -> str:
    arguments = {name: samples.of(rule.endpoint, name) for name in rule.arguments}
    with site.app.test_request_context(base_url=HOME):
        return site.app.url_for(rule.endpoint, **arguments)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_page_answers_an_administrator(either_site: Site, language: str) -> None:
    either_site.speak(language)
    admin = either_site.guest("admin")
    wrong = {}
    for endpoint, address in addresses(either_site).items():
        answer = admin.get(address)
        if answer.status_code not in (200, ELSEWHERE.get(endpoint)):
            wrong[endpoint] = (address, answer.status_code)
        policy = answer.headers["Content-Security-Policy"]
        assert (
            policy.endswith("sandbox") if endpoint in DOWNLOADS else "script-src 'self'" in policy
        )
        assert "unsafe" not in policy
        answer.close()
    assert not wrong


def test_every_object_has_its_pages(either_site: Site) -> None:
    admin = either_site.guest("admin")
    wrong = {}
    for obj in either_site.snapshot.objects():
        paths = [f"/o/{obj.name}{rest}" for rest in ("", "/filters", "/export.csv", "/export.xlsx")]
        paths += [
            f"/setup/objects/{obj.name}/{tab}" for tab in ("fields", "layouts", "views", "details")
        ]
        paths.append(f"/setup/labels/{obj.name}")
        if not obj.storage:
            paths += [f"/o/{obj.name}/new"]
        record = find_record(either_site, obj.name)
        if record:
            paths.append(f"/r/{record}")
            if not obj.storage:
                paths += [f"/r/{record}/edit", f"/r/{record}/clone", f"/r/{record}/history"]
        for path in paths:
            answer = admin.get(path)
            if answer.status_code != 200:
                wrong[path] = answer.status_code
            answer.close()
    assert not wrong


def find_record(site: Site, object_name: str) -> str:
    page = site.guest("admin").read(f"/o/{object_name}")
    found = re.search(r'data-row="([A-Za-z0-9]{18})"', page)
    return found[1] if found else ""


def test_a_standard_user_reaches_nothing_of_setup(either_site: Site) -> None:
    rep = either_site.guest("rep")
    samples = Samples(either_site)
    tried = 0
    wrong = {}
    for rule in either_site.app.url_map.iter_rules():
        if access_of(either_site, rule.endpoint) not in (ADMINISTRATOR, DELEGATED):
            assert not rule.endpoint.startswith("setup."), rule
            continue
        address = address_of(either_site, samples, rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            tried += 1
            rep.get("/settings")
            headers = {"X-CSRFToken": rep.token}
            answer = rep.client.open(address, method=method, headers=headers, base_url=HOME)
            if answer.status_code not in (403, 404):
                wrong[f"{method} {address}"] = answer.status_code
    assert tried > 50
    assert not wrong


def test_a_stranger_is_led_to_the_sign_in_page(site: Site) -> None:
    stranger = site.nobody()
    samples = Samples(site)
    for rule in site.app.url_map.iter_rules():
        if access_of(site, rule.endpoint) is ANYONE or "GET" not in (rule.methods or ()):
            continue
        answer = stranger.get(address_of(site, samples, rule))
        if rule.endpoint.startswith("api."):
            assert answer.status_code == 401, rule
            continue
        assert answer.status_code == 303, rule
        assert answer.location.startswith("/login"), rule


def test_looking_at_pages_changes_nothing(either_site: Site) -> None:
    admin = either_site.guest("admin")
    pages = addresses(either_site)
    before = either_site.pictures()
    for address in pages.values():
        admin.get(address).close()
    after = either_site.pictures()
    assert {name for name in before if before[name] != after[name]} == set()


def test_every_change_needs_the_token_of_a_page(either_site: Site) -> None:
    """The API knows no cookie: there its own token is what is missing."""
    admin = either_site.guest("admin")
    routes = list(unsafe_routes(either_site))
    assert len(routes) > 30
    before = either_site.pictures()
    for method, address in routes:
        answer = admin.client.open(address, method=method, base_url=HOME)
        wanted = 401 if address.startswith(BY_TOKEN) else 400
        assert answer.status_code == wanted, (method, address, answer.status_code)
    assert either_site.pictures() == before


@pytest.mark.parametrize(
    "path",
    [
        "/o/Nothing__c", "/o/Nothing__c/new", "/r/001000000000000AAA", "/r/nothing",
        "/o/Account/export.pdf", "/lookup/Account/Nothing", "/lookup/Account/Name",
        "/setup/objects/Nothing__c/fields", "/setup/objects/Account/fields/Nothing__c",
        "/setup/layouts/Nothing/edit", "/setup/views/Nothing", "/setup/apps/Nothing",
        "/setup/value-sets/Nothing", "/setup/changes/nothing", "/setup/users/005000000000000AAA",
        "/setup/labels/Nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    answer = site.guest("admin").get(path)
    assert answer.status_code == 404
    assert re.search("This page does not exist|There is no such", answer.text)  # no bare name


@pytest.mark.parametrize(
    "query",
    [
        "view=Nothing", "sort=Nothing", "sort=-", "after=rubbish", "before=%00", "after=W10",
        "filter=Nothing", "filter=Industry%20equals", "filter=",
    ],
)  # fmt: skip
def test_an_address_of_a_list_that_says_nothing_is_refused(site: Site, query: str) -> None:
    assert site.guest("rep").get(f"/o/Account?{query}").status_code in (400, 404)


@pytest.mark.parametrize("query", ["q=%27%22%25_%5c", "sort=Owner.Name", "q=" + "x" * 3000])
def test_an_odd_address_of_a_list_is_still_a_list(site: Site, query: str) -> None:
    assert site.guest("rep").get(f"/o/Account?{query}").status_code == 200
