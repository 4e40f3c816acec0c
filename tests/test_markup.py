"""Markup, scripts and templates in every label and value: each page shows them as text.

One text that would make an element, an attribute, a script or a template act is planted in the
labels of components, in the values of records, in names of people and files. Then every page is
asked for, and read as a browser reads it: nothing of the text may have become markup.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from tests.addresses import addresses
from tests.demo_site import Site
from tests.factories import make_document, make_field, make_object
from trellis.metadata.checks import check_document
from trellis.platform.attachments import add_file
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import sys_mail

TAG = "zqmark"
#: closes whatever it may stand in, then makes an element and a handler
MARKUP = f"\"'></a></title></textarea></script><{TAG} onx=1>"
#: what other template languages and format strings would act on
TEMPLATES = ("{{7*7}}", "{0.__class__}", "${7*7}", "{% for x in y %}", "%(name)s", "%s", "<%= 7 %>")
TEMPLATE = " ".join(TEMPLATES)


class Reader(HTMLParser):
    """What a browser makes of a page, as far as it is ours: elements, handlers, islands of data."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.text: list[str] = []
        self._in = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        if tag.startswith(TAG):
            self.wrong.append(f"an element <{tag}> at {self.getpos()}")
        for name, value in attrs:
            if name.startswith(("on", TAG)) or name.strip("\"'<>") != name:
                self.wrong.append(f"the attribute {name} of <{tag}> at {self.getpos()}")
            self.text.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script" and data.strip():
            json.loads(data)  # an island of data, or nothing at all
        self.text.append(data)


# -- planting


def labelled(document: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The document with the text after every label, help and description that it has."""
    return {key: _labelled(key, value, text) for key, value in document.items()}


SAID = frozenset({"label", "pluralLabel", "description", "inlineHelpText", "helpText", "info",
                  "errorMessage"})  # fmt: skip


def _labelled(key: str, value: Any, text: str) -> Any:
    if isinstance(value, Mapping):
        return labelled(value, text)
    if isinstance(value, list):
        return [_labelled(key, each, text) if isinstance(each, Mapping) else each for each in value]
    return f"{value}{text}"[:255] if key in SAID and isinstance(value, str) else value


#: shorter than some labels may be: a closing quote and an element, a handler
SHORT = f"\"'><{TAG} onx=1>"


def plant_labels(site: Site) -> int:
    """Markup in the labels of every component that takes it; says in how many."""
    changed = []
    for definition in site.snapshot.by_uid.values():
        if definition.kind in ("Translations", "Profile"):
            continue
        wanted = labelled(definition.document, SHORT)
        if wanted != definition.document and not check_document(wanted):
            changed.append(wanted)
    site.put_live(*changed)
    return len(changed)


def extra(text: str) -> list[dict[str, Any]]:
    """An object with a field for each type that takes a text, and components that have labels."""
    return [
        dict(document)
        for document in (
            make_object("Odd__c", label=f"Odd{text}", keyPrefix="a99"),
            make_field("Odd__c.Name", label=f"Name{text}", required=True),
            make_field("Odd__c.Kind__c", "Picklist", label=f"Kind{text}", values=[f"One{text}"]),
            make_document("Role", "Odd", label=f"Odd{text}"),
            make_document("Group", "OddGroup", label=f"Odd{text}"),
            make_document("PermissionSet", "OddSet", label=f"Odd{text}"),
        )
    ]


def values_of(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Records with the text in every kind of field that takes one."""
    day = date(2026, 12, 24)
    moment = datetime(2031, 1, 1, 9, tzinfo=UTC)
    yield "Account", {
        "Name": f"Odd {text}"[:255], "Description": text, "Phone": text[:40],
        "BillingCity": text[:40], "BillingStreet": text,
    }  # fmt: skip
    yield "Contact", {"LastName": text[:80], "Title": text[:80], "Description": text}
    yield "Opportunity", {
        "Name": text[:120], "StageName": "Qualification", "CloseDate": day, "NextStep": text[:200],
    }  # fmt: skip
    yield "Lead", {"LastName": text[:80], "Company": text[:200], "Title": text[:80]}
    yield "Case", {"Subject": text[:200], "Description": text}
    yield "Task", {"Subject": text[:200], "Description": text}
    yield "Event", {"Subject": text[:200], "StartDateTime": moment, "EndDateTime": moment}


def plant_values(site: Site, text: str) -> list[str]:
    """Such records of the administrator's, with history, comments, files; returns their ids."""
    records, made = site.records(), []
    for name, values in values_of(text):
        known = {f for f in values if site.snapshot.find_field(name, f) is not None}
        made.append(records.create(name, {f: values[f] for f in known}))
    records.update(made[0], {"Name": f"Again {text}"[:255]})
    admin = site.guest("admin")
    admin.post(f"/r/{made[0]}/comments", {"text": text})
    with site.db.write() as conn:
        kept = site.store.put(io.BytesIO(text.encode()))
        add_file(conn, site.actor(), "odd.txt", kept, made[0])
        conn.execute(sa.text("UPDATE sys_user SET last_name = :t, name = :t"), {"t": text[:80]})
    binned = records.create("Account", {"Name": text[:255]})
    records.delete((binned,))
    return made


def pages(site: Site, made: list[str]) -> dict[str, str]:
    """{address: text} of every page that is there, and of what has the text in it for sure."""
    own = [f"/r/{one}{rest}" for one in made for rest in
           ("", "/edit", "/history", "/card", "?print=1", "?tab=related", "/clone")]  # fmt: skip
    lists = [
        f"/o/{name}?view={view}&as={mode}"
        for name, view in (("Account", "AllAccounts"), ("Opportunity", "AllOpportunities"))
        for mode in ("table", "board", "calendar", "split", "print")
    ]
    asked = quote(SHORT)
    more = [
        "/search?q=Odd", f"/search?q={asked}", "/o/Odd__c/new", "/o/Account?q=Odd&group=Name",
        f"/o/Account?q={asked}", f"/o/Account?filter=Name:contains:{asked}",
    ]  # fmt: skip
    admin, found = site.guest("admin"), {}
    for address in dict.fromkeys((*addresses(site).values(), *own, *lists, *more)):
        if "logout" in address:
            continue
        answer = admin.get(address)
        assert answer.status_code < 500, (address, answer.text[-300:])
        if answer.mimetype == "text/html":
            found[address] = answer.text
        answer.close()
    return found


@pytest.mark.abuse("A28", "A29")
def test_markup_in_labels_and_values_is_text_on_every_page(site: Site) -> None:
    assert plant_labels(site) > 300
    site.put_live(*extra(SHORT))
    made = plant_values(site, MARKUP)
    wrong, showing = {}, 0
    for address, page in pages(site, made).items():
        read = Reader(page)
        showing += f"<{TAG}" in "".join(read.text)
        if read.wrong:
            wrong[address] = read.wrong[:3]
    assert not wrong
    assert showing > 100  # or there was nothing to be found


@pytest.mark.abuse("A28")
def test_markup_in_what_is_refused_is_text_too(site: Site) -> None:
    admin = site.guest("admin")
    sent = {"Name": "", "Website": f"javascript:{MARKUP}", "AnnualRevenue": MARKUP, "Type": MARKUP,
            "ParentId": MARKUP, "Phone": MARKUP * 9}  # fmt: skip
    answer = admin.post("/o/Account/new", sent)
    assert answer.status_code == 422
    assert TAG in answer.text
    assert Reader(answer.text).wrong == []
    for address in ("/o/", "/r/", "/setup/objects/", "/o/Account?view=", "/o/Account?sort=",
                    "/o/Account?filter=", "/o/Account?group="):  # fmt: skip
        page = admin.get(address + quote(MARKUP)).text
        assert Reader(page).wrong == [], address


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{MARKUP}</p>", f'<a title="{MARKUP}">', f"<textarea>{MARKUP}</textarea>",
        f"<title>{MARKUP}</title>", f"<option value={MARKUP}>", "<a title='' onclick='x'>",
    ],
)  # fmt: skip
def test_the_reader_notices_what_became_markup(page: str) -> None:
    assert Reader(page).wrong


@pytest.mark.abuse("A24")
def test_templates_in_values_and_labels_are_shown_as_they_are(site: Site) -> None:
    site.put_live(*extra(TEMPLATE))
    made = plant_values(site, TEMPLATE)
    for address in (f"/r/{made[0]}", f"/r/{made[0]}?print=1", f"/r/{made[0]}/history", "/home",
                    "/o/Account?view=AllAccounts", "/setup/roles", "/search?q=Odd"):  # fmt: skip
        read = "".join(Reader(site.guest("admin").read(address)).text)
        assert "{{7*7}}" in read, address
        assert "%(name)s" in read or address == "/search?q=Odd", address
    answer = site.guest("admin").get(f"/o/{TEMPLATES[1]}")
    assert answer.status_code == 404


@pytest.mark.abuse("A24")
def test_a_letter_says_what_somebody_is_called_as_it_is_written(
    site: Site, subtests: pytest.Subtests
) -> None:
    """People's names and records' titles come into letters as values, never as their text."""
    admin = site.guest("admin")
    for number, text in enumerate(TEMPLATES):
        with subtests.test(text=text):
            sent = {
                "username": f"odd{number}", "email": f"odd{number}@example.com",
                "last_name": text, "profile": "Standard", "language": "en", "locale": "en_US",
                "time_zone": "UTC", "invite": "1",
            }  # fmt: skip
            admin.submit("/setup/users/new", sent)
            letters = [repr(tuple(row)) for row in letters_of(site.db)]
            assert any(text in letter for letter in letters)


def letters_of(db: OrgDatabase) -> list[Any]:
    with db.read() as conn:
        return list(conn.execute(sa.select(sys_mail)))
