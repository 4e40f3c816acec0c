"""The guide: short pages in each language on how to work here, for everybody who is signed in.

Its texts are Markdown files that come with the product; nothing from outside is rendered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.wrappers import Response

from ...platform.db.values import fold
from ...platform.errors import NotFound
from ...platform.i18n import _, current, mark
from ...platform.web.access import SIGNED_IN, requires
from ...runtime.web.palette import HELP, Entry, offer
from ...runtime.web.scope import Here
from ...runtime.web.shell import trail

blueprint = Blueprint("guide", __name__)
TEXTS = Path(__file__).parents[1] / "help" / "guide"


@dataclass(frozen=True, slots=True)
class Topic:
    """A page of the guide, and the endpoints that it helps with, by how they begin."""

    name: str
    icon: str
    group: str
    endpoints: tuple[str, ...] = ()


SAVES = (
    *("setup.object_rules", "setup.new_rule_page", "setup.edit_rule", "setup.new_rollup"),
    *("setup.edit_rollup", "setup.object_combinations", "setup.new_combination_page"),
    "setup.edit_combination",
)
PACKAGES = ("setup.package", "setup.export_package", "setup.compare_orgs", "setup.gallery")
TOPICS = (
    Topic("around", "life-buoy", mark("Work here"), ("pages.home", "settings.")),
    Topic("lists", "list", mark("Work here"), ("pages.list_", "pages.filters", "pages.search")),
    Topic("records", "file-text", mark("Work here"), ("pages.record", "pages.new", "pages.edit")),
    Topic("activities", "calendar-days", mark("Work here"), ("pages.calendar", "pages.activit")),
    Topic("shape", "database", mark("Set up the org"), ("setup.",)),
    Topic("packages", "package", mark("Set up the org"), PACKAGES),
    Topic("saves", "list-ordered", mark("Set up the org"), SAVES),
    Topic("access", "shield", mark("Set up the org"), ("setup.user", "setup.new_user")),
    Topic("api", "plug", mark("Set up the org"), ("setup.connect", "setup.add_connected")),
    Topic("company", "building-2", mark("Set up the org"), ("setup.company", "setup.mail")),
)


@blueprint.get("/guide")
@requires(SIGNED_IN)
def home() -> str | Response:
    """All topics; `at` leads on to the one that helps with an endpoint, `q` looks for words."""
    if at := request.args.get("at", ""):
        return redirect(url_for("guide.topic", name=topic_for(at).name))
    words = request.args.get("q", "").strip()
    wanted = fold(words).split()
    trail((_("Guide"), ""))
    found = [topic for topic in TOPICS if all(word in fold(text_of(topic)) for word in wanted)]
    return render_template("builder/guide.html", groups=_groups(found), words=words)


@blueprint.get("/guide/<name>")
@requires(SIGNED_IN)
def topic(name: str) -> str:
    """One topic, and the way to the others."""
    found = next((one for one in TOPICS if one.name == name), None)
    if found is None:
        raise NotFound(name)
    title = title_of(found)
    trail((_("Guide"), url_for("guide.home")), (title, ""))
    at = TOPICS.index(found)
    after = TOPICS[at + 1] if at + 1 < len(TOPICS) else None
    return render_template(
        "builder/guide_topic.html",
        topic=found,
        title=title,
        body=_body(found.name, current().language),
        groups=_groups(TOPICS),
        after=after and (title_of(after), url_for("guide.topic", name=after.name)),
    )


def topic_for(endpoint: str) -> Topic:
    """The topic whose endpoints fit best; the first one when none does."""
    fitting = [
        (len(begin), topic)
        for topic in TOPICS
        for begin in topic.endpoints
        if endpoint.startswith(begin)
    ]
    return max(fitting, key=lambda one: one[0])[1] if fitting else TOPICS[0]


def text_of(topic: Topic) -> str:
    """The Markdown of a topic in the reader's language."""
    return _text(topic.name, current().language)


def title_of(topic: Topic) -> str:
    return text_of(topic).partition("\n")[0].removeprefix("# ")


def _groups(topics: tuple[Topic, ...] | list[Topic]) -> list[tuple[str, list[dict[str, str]]]]:
    headings = dict.fromkeys(topic.group for topic in topics)
    return [
        (
            _(heading),
            [
                {
                    "name": one.name,
                    "icon": one.icon,
                    "title": title_of(one),
                    "lead": ", ".join(_sections(one)),
                    "url": url_for("guide.topic", name=one.name),
                }
                for one in topics
                if one.group == heading
            ],
        )
        for heading in headings
    ]


def _sections(topic: Topic) -> Iterator[str]:
    lines = text_of(topic).splitlines()
    return (line.removeprefix("## ") for line in lines if line.startswith("## "))


@cache
def _text(name: str, language: str) -> str:
    path = TEXTS / language / f"{name}.md"
    return (path if path.exists() else TEXTS / "en" / f"{name}.md").read_text("utf-8")


@cache
def _body(name: str, language: str) -> Markup:
    """The page without its title; Chinese lines are joined without a space between them."""
    page = MarkdownIt("commonmark", {"html": False})
    if language.startswith("zh"):
        page.add_render_rule("softbreak", lambda *_all: "")
    text = _text(name, language).partition("\n")[2]
    return Markup(page.render(text))  # noqa: S704 - our own text, and HTML in it is escaped


@offer
def _in_palette(_scope: Here) -> Iterator[Entry]:
    """Every topic by its title and headings."""
    for one in TOPICS:
        url = url_for("guide.topic", name=one.name)
        words = " ".join(_sections(one))
        yield Entry(HELP, title_of(one), url, one.icon, words=words)
