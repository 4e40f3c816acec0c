"""Comments by HTTP: who may write, change and see them, who is mentioned, what is never markup."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import Guest, Site, hidden_fields
from tests.runtime.web.test_notices import deal, follow, told, unread, user, work_off
from trellis.platform import clock
from trellis.platform.migrations.tables import sys_comment, sys_mail, sys_user
from trellis.runtime.comments.marks import marked


def say(guest: Guest, record_id: str, text: str, **more: str) -> Any:
    page = guest.read(f"/r/{record_id}?tab=comments")
    once = re.search(r'name="once" value="([^"]+)"', page.split('class="cm-new"')[1])
    assert once
    form = {"once": once[1], "text": text} | more
    return guest.post(f"/r/{record_id}/comments", form)


def said(page: str) -> list[str]:
    """The comments of a page, as markup, latest first."""
    return re.findall(r'<p class="pre">(.*?)</p>', page, re.DOTALL)


def last_id(page: str) -> str:
    found = re.search(r'<li id="c-(\w+)"', page)
    assert found
    return found[1]


def rename(site: Site, who: str, name: str) -> None:
    with site.db.write() as conn:
        mine = sys_user.c.id == user(site, who)
        conn.execute(sa.update(sys_user).where(mine).values(name=name, name_key=name.lower()))


def test_what_is_said_is_seen_changed_by_its_author_and_deleted(either_site: Site) -> None:
    record_id = deal(either_site)
    rep, admin = either_site.guest("rep"), either_site.guest("admin")
    answer = say(rep, record_id, "First line\r\nhttps://kelp.example/a?b=1&c=2.")
    page = admin.read(answer.location)
    assert said(page) == [
        'First line\n<a class="link" href="https://kelp.example/a?b=1&amp;c=2"'
        ' rel="noopener noreferrer nofollow" target="_blank">'
        "https://kelp.example/a?b=1&amp;c=2</a>."
    ]
    assert re.search(r'Comments<span class="count">1</span>', page)
    comment_id = last_id(page)
    address = f"/r/{record_id}/comments/{comment_id}"
    assert f"edit={comment_id}" not in page  # an administrator deletes, and does not put words
    assert admin.post(address, {"text": "Other words"}).status_code == 403
    assert "First line" in rep.read(f"/r/{record_id}/comments?edit={comment_id}")
    rep.post(address, {"text": "Second thoughts"})
    page = rep.read(f"/r/{record_id}?tab=comments")
    assert said(page) == ["Second thoughts"]
    assert "edited" in page
    say(admin, record_id, "Mine")
    other = last_id(admin.read(f"/r/{record_id}?tab=comments"))
    assert rep.post(f"/r/{record_id}/comments/{other}/delete").status_code == 403
    assert admin.post(f"{address}/delete").status_code == 302
    assert said(rep.read(f"/r/{record_id}?tab=comments")) == ["Mine"]


def test_the_same_form_sent_twice_says_it_once(either_site: Site) -> None:
    record_id = deal(either_site)
    rep = either_site.guest("rep")
    page = rep.read(f"/r/{record_id}/comments")
    form = dict(re.findall(r'type="hidden" name="(once)" value="([^"]+)"', page))
    for _time in range(2):
        rep.post(f"/r/{record_id}/comments", form | {"text": "Only once"})
    assert said(rep.read(f"/r/{record_id}?tab=comments")) == ["Only once"]


def test_comments_are_paged_without_a_gap(site: Site) -> None:
    record_id, now = deal(site), clock.now()
    with site.db.write() as conn:
        rows = [
            {"id": f"0Cm{n:012}AAA", "record_id": record_id, "author_id": user(site, "rep"),
             "text": f"Word {n}", "mentions": {}, "at": now, "edited_at": None}
            for n in range(45)
        ]  # fmt: skip
        conn.execute(sa.insert(sys_comment), rows)
    seen, address = [], f"/r/{record_id}/comments"
    while address:
        page = site.guest("rep").read(address)
        seen += said(page)
        more = re.search(r'class="ac-more"><a class="link" href="([^"]+)"', page)
        address = unescape(more[1]) if more else ""
    assert seen == [f"Word {n}" for n in reversed(range(45))]


def test_who_is_mentioned_hears_of_it_by_name_on_the_page_and_by_mail(either_site: Site) -> None:
    rename(either_site, "chinese", "Mei Lin")
    record_id = deal(either_site, "admin", Name="Pump hall")
    rep, chinese = either_site.guest("rep"), either_site.guest("chinese")
    follow(either_site, "chinese", record_id)
    say(rep, record_id, "Ask @Mei Lin, or mail me@mei lin. @nobody knows; @mei lin does")
    assert (
        "<b>@Mei Lin</b>, or mail me@mei lin. @nobody"
        in said(rep.read(f"/r/{record_id}?tab=comments"))[0]
    )
    either_site.speak("en")
    assert told(chinese.read("/notices")) == ["Ana Souza mentioned you in a comment on Pump hall."]
    assert told(either_site.guest("admin").read("/notices")) == [
        "Ana Souza commented on Pump hall."
    ]
    page = chinese.read("/notices")
    assert "Ask @Mei Lin" in page
    assert f'href="/r/{record_id}?tab=comments#c-' in page
    work_off(either_site)
    with either_site.db.read() as conn:
        letters = conn.execute(sa.select(sys_mail.c.subject, sys_mail.c.text)).all()
    assert [row.subject for row in letters] == [
        "Ana Souza mentioned you in a comment on Pump hall."
    ]
    assert "Ask @Mei Lin" in letters[0].text
    # who is mentioned by a change of the text hears of it, who was already does not again
    comment_id = last_id(rep.read(f"/r/{record_id}?tab=comments"))
    chinese.read(f"/r/{record_id}")
    admin = either_site.actor("admin").name
    text = {"text": f"Ask @Mei Lin and @{admin}"}
    rep.post(f"/r/{record_id}/comments/{comment_id}", text)
    assert unread(chinese) == ""
    said_to_admin = told(either_site.guest("admin").read("/notices"))
    assert said_to_admin[0] == "Ana Souza mentioned you in a comment on Pump hall."
    # a comment that is gone is quoted nowhere
    rep.post(f"/r/{record_id}/comments/{comment_id}/delete")
    assert "Ask @Mei Lin" not in chinese.read("/notices")


def test_whoever_may_not_see_the_record_cannot_be_mentioned(either_site: Site) -> None:
    rename(either_site, "chinese", "Mei Lin")
    start = clock.now()
    secret = either_site.records("rep").create(
        "Event",
        {"Subject": "Secret", "StartDateTime": start, "EndDateTime": start, "IsPrivate": True},
    )
    rep, chinese = either_site.guest("rep"), either_site.guest("chinese")
    answer = say(rep, secret, "Not for @Mei Lin")
    assert answer.status_code == 422
    assert "Mei Lin cannot see this record." in answer.text
    assert "Not for @Mei Lin</textarea>" in answer.text
    assert rep.get(f"/r/{secret}/people?q=mei").get_json() == {"items": []}
    found = rep.get(f"/r/{deal(either_site)}/people?q=mei").get_json()["items"]
    assert [one["label"] for one in found] == ["Mei Lin"]
    assert unread(chinese) == ""
    for path in ("comments", "people?q=a"):
        assert chinese.get(f"/r/{secret}/{path}").status_code == 404
    say(rep, secret, "Among us")
    comment_id = last_id(rep.read(f"/r/{secret}?tab=comments"))
    deeds = ("comments", f"comments/{comment_id}", f"comments/{comment_id}/delete")
    for deed in deeds:
        assert chinese.post(f"/r/{secret}/{deed}", {"text": "Hm"}).status_code == 404
    # nor by way of a record that one may see
    own = deal(either_site, "chinese")
    for deed in deeds[1:]:
        assert chinese.post(f"/r/{own}/{deed}", {"text": "Hm"}).status_code == 404
    assert said(rep.read(f"/r/{secret}?tab=comments")) == ["Among us"]


def test_of_two_people_with_one_name_one_is_picked(either_site: Site) -> None:
    for who in ("admin", "chinese"):
        rename(either_site, who, "Mei Lin")
    record_id, rep = deal(either_site), either_site.guest("rep")
    answer = say(rep, record_id, "Hello @Mei Lin")
    assert answer.status_code == 422
    assert "Several people are called Mei Lin." in answer.text
    say(rep, record_id, "Hello @Mei Lin", mentioned=user(either_site, "admin"))
    assert unread(either_site.guest("admin")) == "1"
    assert unread(either_site.guest("chinese")) == ""


def test_a_chinese_name_ends_where_it_ends(either_site: Site) -> None:
    rename(either_site, "chinese", "林梅")
    record_id = deal(either_site)
    say(either_site.guest("rep"), record_id, "请@林梅看一下")
    assert unread(either_site.guest("chinese")) == ""  # an @ within a word is none
    say(either_site.guest("rep"), record_id, "请 @林梅看一下")
    page = either_site.guest("rep").read(f"/r/{record_id}?tab=comments")
    assert said(page)[0] == "请 <b>@林梅</b>看一下"
    assert unread(either_site.guest("chinese")) == "1"


def test_comments_end_with_their_record(either_site: Site) -> None:
    record_id = deal(either_site)
    say(either_site.guest("rep"), record_id, "Here")
    records = either_site.records("rep")
    batch = records.delete([record_id])
    assert either_site.guest("rep").get(f"/r/{record_id}/comments").status_code == 404
    records.undelete(batch=batch)
    assert said(either_site.guest("rep").read(f"/r/{record_id}?tab=comments")) == ["Here"]
    records.delete([record_id])
    records.purge([record_id])
    with either_site.db.read() as conn:
        assert conn.execute(sa.select(sys_comment.c.id)).all() == []


@pytest.mark.parametrize(
    ("text", "word"), [("  \r\n ", "Write something"), ("x" * 10_001, "10000")]
)
def test_nothing_and_too_much_are_refused_as_typed(site: Site, text: str, word: str) -> None:
    record_id = deal(site)
    answer = say(site.guest("rep"), record_id, text)
    assert answer.status_code == 422
    assert word in answer.text
    assert hidden_fields(answer.text, "nothing") == {}
    assert said(site.guest("rep").read(f"/r/{record_id}?tab=comments")) == []


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    'https://evil.example/"onmouseover="alert(1)',
    "https://evil.example/<script>alert(1)</script>",
    "http://[<b>",
    "@<b>Mei Lin</b> @Mei Lin<svg/onload=alert(1)>",
    "</textarea></p><iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7 * 7 }}{% include 'x' %}%(name)s",
    "&lt;script&gt;&#x3c;script&#x3e;\u2028<!--><style>@import 'x'",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(site: Site, text: str) -> None:
    record_id = deal(site)
    say(site.guest("rep"), record_id, text)
    follower = site.guest("admin")
    comment_id = last_id(follower.read(f"/r/{record_id}?tab=comments"))
    pages = [follower.read(f"/r/{record_id}?tab=comments")]
    pages.append(site.guest("rep").read(f"/r/{record_id}/comments?edit={comment_id}"))
    say(site.guest("admin"), record_id, text)  # the owner reads it among the notices
    pages.append(site.guest("rep").read("/notices"))
    for page in pages:
        ours = re.sub(r'<script type="(?:module|application/json)"', "", page)
        for bad in ("<script>", "<img src=x", "<svg/", "<iframe", "<style", 'href="javascript'):
            assert bad not in ours
        assert not re.search(r"<[^>]*\son\w+=[^>]*>", re.sub(r'"[^"]*"', '""', ours))
        assert "49" not in "".join(said(page))
    back = re.sub(r"<a [^>]*>|</a>|</?b>", "", said(pages[0])[0])
    assert unescape(back) == text


def test_only_addresses_of_the_web_are_links() -> None:
    assert "<a" not in marked("ftp://x.example data:text/html,x https:// http://", ())
    assert 'href="https://x.example/a"' in marked(
        "(https://x.example/a), 见https://x.example/b。", ()
    )
    assert 'href="https://x.example/b"' in marked("见https://x.example/b。", ())
