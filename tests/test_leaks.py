"""Every address of every floor, asked by those who may not: no answer, no change, no word of it.

Words that appear nowhere else are planted in a hidden field, in private records with all that hangs
on them, and in another org. Then nobody, a reader, a user and the other org's administrator ask for
everything in every way, with the forms an administrator would send. What they must not have follows
from what each view declares (`@requires`) and from the records an address names.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from typing import Any, cast
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.addresses import Samples
from tests.demo_site import HOME, Guest, Site, system
from tests.factories import make_field
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.attachments import add_file
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import sys_comment, sys_mail
from trellis.platform.people.actor import ADMIN, system_actor
from trellis.platform.people.sessions import start_session
from trellis.platform.people.users import UserDraft, create_user
from trellis.platform.web.access import Access, find_access
from trellis.runtime.records.service import Records
from trellis.seeds.install import install_standard

pytestmark = pytest.mark.abuse("A01", "A03", "A07", "A11", "A12", "A13", "A14", "A15")

OTHER = "other"
FIELD, RECORD, ORGS = "zqfieldzq", "zqrecordzq", "zqorgzq"  # the planted words
WORDS = (FIELD, RECORD, ORGS)
#: what a refused request may write all the same: that somebody was here, and what was refused
NOTED = frozenset({"sys_session", "sys_signin", "sys_audit", "sys_recent"})
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
REFUSED = frozenset({400, 401, 403, 404, 405, 409, 410, 415, 422, 429})
#: arguments that name what a private record or another org has
NAMING = frozenset({"record_id", "file_id", "comment_id", "job_id", "user_id", "deployment_id"})
#: whoever is signed in may end what is their own; a foreign id among the arguments says nothing
OWN = frozenset({"pages.undo_owner", "pages.undo_mass_update"})


# -- the planted words


@dataclass
class World:
    """The demo company with private records, a hidden field and a neighbour."""

    site: Site
    neighbour: OrgDatabase
    secret: dict[str, str] = field(default_factory=dict)  # {argument: a private thing's id}
    heard: list[str] = field(default_factory=list)  # lines of the log

    def db_of(self, who: str) -> OrgDatabase:
        return self.neighbour if who == "foreigner" else self.site.db


def plant(site: Site) -> World:
    """Makes everything private, hides a field, and fills both with words."""
    private = [
        dict(site.snapshot.object(name).document) | {"sharingModel": "Private"}
        for name in ("Account", "Opportunity", "Case", "Lead")
    ]
    contact = dict(site.snapshot.object("Contact").document)
    contact |= {"sharingModel": "Private"}
    contact.pop("controlledBy", None)
    hidden = make_field("Account.Hidden__c", length=80, trackHistory=True)
    site.put_live(*private, contact, hidden)
    closed = {"field": "Account.Hidden__c", "readable": False, "editable": False}
    for name in ("Standard", "ReadOnly"):  # the shipped ones show every field and stay as they are
        known = dict(site.snapshot.get("Profile", name).document)
        own = {"uid": f"blind-{name}", "name": f"Blind{name}", "label": f"Blind {name}"}
        site.put_live(known | own | {"fieldPermissions": [*known["fieldPermissions"], closed]})
    world = World(site, _neighbour(site))
    _people(world)
    _records(world)
    return world


def _neighbour(site: Site) -> OrgDatabase:
    """Another org on the same server, whose administrator looks for this one's secrets."""
    db = site.orgs.create(OTHER, "Other")
    install_standard(db)
    with db.write() as conn:
        draft = UserDraft("spy", "spy@other.example", "Spy", profile=ADMIN)
        spy = create_user(conn, draft, system_actor(OTHER, "a test"))
        token = start_session(conn, spy.id)
    cast(dict[str, str], site.tokens)["foreigner"] = token
    records = Records(db, system_actor(OTHER, "a test"), SNAPSHOTS.get(db))
    account = records.create("Account", {"Name": f"Neighbour {ORGS}", "Description": ORGS})
    records.create("Contact", {"LastName": f"Neighbour {ORGS}", "AccountId": account})
    return db


def _people(world: World) -> None:
    site = world.site
    with site.db.write() as conn:
        for who, profile in (("reader", "blind-ReadOnly"), ("user", "blind-Standard")):
            draft = UserDraft(who, f"{who}@example.com", who.title(), profile=profile)
            made = create_user(conn, draft, system())
            cast(dict[str, str], site.tokens)[who] = start_session(conn, made.id)


def _records(world: World) -> None:
    """A private account and deal of the administrator's, and an account of each of the two."""
    site, admin = world.site, world.site.records()
    values = {
        "Name": f"Hiddenco {RECORD}", "Description": RECORD, "Phone": f"555 {RECORD}",
        "BillingCity": RECORD, "Website": f"https://{RECORD}.example",
    }  # fmt: skip
    account = admin.create("Account", values)
    admin.update(account, {"Industry": "Energy", "Name": f"Hiddenco again {RECORD}"})
    admin.create("Contact", {"LastName": f"Hiddenco {RECORD}", "AccountId": account})
    deal = {"Name": f"Hiddenco {RECORD}", "StageName": "Prospecting", "AccountId": account,
            "CloseDate": date(2026, 12, 1)}  # fmt: skip
    admin.create("Opportunity", deal)
    binned = admin.create("Account", {"Name": f"Hiddenco binned {RECORD}"})
    admin.delete((binned,))
    for who in ("reader", "user"):
        owner = site.actor(who).user_id
        own = {"Name": f"Open of {who}", "OwnerId": owner, "Hidden__c": FIELD}
        made = Records(site.db, system(), site.snapshot).create("Account", own)
        Records(site.db, system(), site.snapshot).update(made, {"Hidden__c": f"{FIELD} again"})
    page = site.guest("admin")
    page.post(f"/r/{account}/comments", {"text": f"A word {RECORD}"})
    with site.db.write() as conn:
        kept = site.store.put(io.BytesIO(RECORD.encode()))
        file = add_file(conn, site.actor(), f"{RECORD}.txt", kept, account)
    with site.db.read() as conn:
        comment = conn.scalar(sa.select(sys_comment.c.id).where(sys_comment.c.record_id == account))
    world.secret = {"record_id": account, "file_id": file.id, "comment_id": str(comment)}


# -- addresses


@dataclass(frozen=True)
class Asked:
    """One way to ask for one address."""

    rule: Rule
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def addresses(world: World) -> Iterator[Asked]:
    """Every rule by every method, pointed at what is private."""
    samples = Samples(world.site)
    for rule in sorted(world.site.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint.startswith("assets."):
            continue
        arguments = {
            name: world.secret.get(name) or samples.of(rule.endpoint, name)
            for name in rule.arguments
        }
        with world.site.app.test_request_context(base_url=HOME):
            path = world.site.app.url_for(rule.endpoint, **arguments)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Asked(rule, method, path)


def access_of(world: World, asked: Asked) -> Access:
    found = find_access(world.site.app.view_functions[asked.rule.endpoint])
    assert found is not None
    return found


def must_refuse(world: World, who: str, asked: Asked) -> bool:
    """Says whether nothing may come of it: by what the view declares and what it is asked of."""
    access = access_of(world, asked)
    if access is Access.ANYONE:
        return False
    if who == "nobody" or (access is Access.ADMINISTRATOR and who != "foreigner"):
        return True
    return bool(asked.rule.arguments & NAMING) and asked.rule.endpoint not in OWN


class Forms(HTMLParser):
    """{action of a form: its values} of a page."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._path, self._form, self._select = path, dict[str, str](), ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            action = given.get("action") or self._path
            self._form = self.found.setdefault(action.partition("?")[0], {})
        elif tag in ("input", "textarea", "button") and name:
            self._form.setdefault(name, given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and (
            self._select and ("selected" in given or self._select not in self._form)
        ):
            self._form[self._select] = given.get("value", "")


def forms(world: World, walk: list[Asked]) -> dict[str, dict[str, str]]:
    """{address: what an administrator's form there would send}"""
    found: dict[str, dict[str, str]] = {}
    admin = world.site.guest("admin")
    for asked in walk:
        if asked.method == "GET":
            answer = admin.get(asked.path)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                found |= Forms(answer.text, asked.path).found
            answer.close()
    return found


# -- asking


def send(guest: Guest, asked: Asked, form: dict[str, str]) -> TestResponse:
    if asked.method == "GET":
        return guest.client.get(asked.path, base_url=HOME)
    headers = {"X-CSRFToken": guest.token}
    body: dict[str, Any] = {"data": {**form, "confirmed": "1", "csrf_token": guest.token}}
    if asked.method == "PUT":
        body = {"json": {"sections": []}}
    return guest.client.open(
        asked.path, method=asked.method, headers=headers, base_url=HOME, **body
    )


def guests(world: World) -> dict[str, Guest]:
    found = {who: world.site.guest(who) for who in ("reader", "user")}
    found["foreigner"] = Guest(world.site.app.test_client())
    serializer = world.site.app.session_interface.get_signing_serializer(world.site.app)  # type: ignore[attr-defined]
    cookie = serializer.dumps({"org": OTHER, "token": world.site.tokens["foreigner"]})
    found["foreigner"].client.set_cookie("trellis", str(cookie), domain="127.0.0.1")
    for guest in found.values():
        guest.read("/settings")
        assert guest.token
    found["nobody"] = world.site.nobody()
    found["nobody"].get("/login")
    return found


def text_of(answer: TestResponse) -> str:
    """All that an answer says: headers, body, and what an archive holds."""
    body = answer.get_data()
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(body)) as archive:
        body = b"\n".join(archive.read(name) for name in archive.namelist())
    return f"{answer.headers}\n{body.decode('utf-8', 'replace')}"


def leaks(who: str, text: str) -> list[str]:
    """The planted words that somebody must not read; the neighbour's own are theirs to read."""
    return [word for word in WORDS if word in text and (who, word) != ("foreigner", ORGS)]


def picture(db: OrgDatabase) -> dict[str, int]:
    """{table: hash of its rows} of all that a refused request may not change."""
    schema = getattr(db, "schema", None) if db.dialect == "postgresql" else None
    with db.read() as conn:
        return {
            name: hash(frozenset(map(repr, conn.execute(sa.text(f'SELECT * FROM "{name}"')))))
            for name in sa.inspect(conn).get_table_names(schema=schema)
            if name not in NOTED
        }


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b", re.IGNORECASE)


@pytest.fixture
def world(either_site: Site, caplog: pytest.LogCaptureFixture) -> World:
    caplog.set_level(logging.INFO)
    return plant(either_site)


def test_who_may_not_gets_nothing_changes_nothing_and_learns_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    walk = list(addresses(world))
    sent, asking = forms(world, walk), guests(world)
    before, wrong, tried = picture(world.site.db), list[str](), 0
    for who, guest in asking.items():
        for asked in walk:
            if not must_refuse(world, who, asked):
                continue
            tried += 1
            with world.site.counted() as statements:
                answer = send(guest, asked, sent.get(asked.path, {}))
            status, text = answer.status_code, text_of(answer)
            answer.close()
            led = who == "nobody" and status == 303 and "/login" in answer.location
            if status not in REFUSED and not led:
                wrong.append(f"{who}: {asked} answered {status}")
            wrong += [f"{who}: {asked} tells {word}" for word in leaks(who, text)]
            if any(WRITES.match(statement) for statement in statements):
                now = picture(world.site.db)
                wrong += [f"{who}: {asked} changed {t}" for t in sorted(changed(before, now))]
                before = now
    assert tried > 500
    assert changed(before, picture(world.site.db)) == set()
    assert not wrong, "\n".join(wrong)
    assert leaks("", outbox(world) + caplog.text) == []


def test_whoever_may_ask_learns_no_more_than_theirs(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest of the walk, reading first: pages, files and deeds that are anybody's."""
    walk = sorted(addresses(world), key=lambda one: (one.method, "delete" in one.path))
    asking = guests(world)
    mine = picture(world.site.db)
    wrong = []
    for who, guest in asking.items():
        for asked in walk:
            if must_refuse(world, who, asked) or asked.rule.endpoint in LEAVING:
                continue
            if who == "foreigner" and access_of(world, asked) is Access.ANYONE:
                continue  # a lost password of any org may be asked for by anybody
            for path in (asked.path, *wishes(asked)):
                answer = send(guest, Asked(asked.rule, asked.method, path), {})
                if answer.status_code >= 500:
                    wrong.append(f"{who}: {asked.method} {path} answered {answer.status_code}")
                told = leaks(who, text_of(answer))
                wrong += [f"{who}: {asked.method} {path} tells {word}" for word in told]
                answer.close()
        if who == "foreigner":
            gone = changed(mine, picture(world.site.db))
            wrong += [f"the neighbour changed {table}" for table in sorted(gone)]
        mine = picture(world.site.db)
    assert not wrong, "\n".join(wrong)
    assert leaks("", outbox(world) + caplog.text) == []


#: deeds that end the session of whoever asks
LEAVING = frozenset({"sign_in.logout", "settings.end_sessions", "settings.change_password"})


def wishes(asked: Asked) -> list[str]:
    """The address with what somebody curious would add to it."""
    if asked.method != "GET":
        return []
    path, end = asked.path.replace("Opportunity", "Account"), asked.rule.endpoint
    if end in ("pages.search_results", "pages.palette", "pages.lookup", "gallery.lookup"):
        return [f"{asked.path}?q={word}" for word in ("Hiddenco", "Neighbour", "zqfield")]
    if end == "pages.likely_duplicates":
        return [f"{path}?Name=Hiddenco+again&LastName=Hiddenco"]
    if end in ("pages.list_records", "pages.export_records", "pages.list_figures"):
        hidden = quote("Hidden__c startsWith zq")
        queries = ("q=Hiddenco", "q=zqfield", "sort=Hidden__c", f"filter={hidden}",
                   "group=Hidden__c", "columns=Name,Hidden__c", "columns=Hidden__c")  # fmt: skip
        return [path, *(f"{path}?{query}" for query in queries)]
    return []


def outbox(world: World) -> str:
    """All letters of both orgs; none of these people has caused one that names a secret."""
    return "".join(
        repr(tuple(row)) for db in (world.site.db, world.neighbour) for row in _letters(db)
    )


def _letters(db: OrgDatabase) -> list[Any]:
    with db.read() as conn:
        return list(conn.execute(sa.select(sys_mail)))


def test_a_session_is_worth_nothing_under_another_orgs_name(world: World) -> None:
    serializer = world.site.app.session_interface.get_signing_serializer(world.site.app)  # type: ignore[attr-defined]
    for org, who in ((OTHER, "admin"), ("main", "foreigner")):
        guest = Guest(world.site.app.test_client())
        cookie = serializer.dumps({"org": org, "token": world.site.tokens[who]})
        guest.client.set_cookie("trellis", str(cookie), domain="127.0.0.1")
        for path in ("/home", "/o/Account", "/setup/users"):
            answer = guest.get(path)
            assert answer.status_code == 303, (org, path)
            assert answer.location.startswith("/login"), (org, path)


def test_the_words_are_there_to_be_found(world: World) -> None:
    """Or the walk would prove nothing: whoever may, reads every one of them."""
    admin = world.site.guest("admin")
    assert RECORD in admin.read(f"/r/{world.secret['record_id']}")
    assert RECORD in text_of(admin.get("/o/Account/export.xlsx?q=Hiddenco"))
    assert FIELD in admin.read("/o/Account?columns=Name,Hidden__c&q=Open+of")
    assert ORGS in guests(world)["foreigner"].read("/search?q=Neighbour")
