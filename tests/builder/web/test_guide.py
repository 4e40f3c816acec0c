"""The guide: the same pages in both languages, open to everybody who is signed in."""

from __future__ import annotations

import re

import pytest

from tests.demo_site import Site
from trellis.builder.web.guide import TEXTS, TOPICS, topic_for
from trellis.runtime.records.steps import STEPS

LANGUAGES = ("en", "zh_CN")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_says_the_same_in_both_languages(topic: object) -> None:
    shapes = []
    for language in LANGUAGES:
        text = (TEXTS / language / f"{topic.name}.md").read_text("utf-8")  # type: ignore[attr-defined]
        shapes.append(re.findall(r"^#+ ", text, re.MULTILINE))
        assert text.startswith("# ")
    assert shapes[0] == shapes[1]


def test_every_text_is_a_topic() -> None:
    for language in LANGUAGES:
        assert {path.stem for path in (TEXTS / language).iterdir()} == {t.name for t in TOPICS}


def test_topics_open_for_everybody_in_their_language(site: Site) -> None:
    for language, title in (("en", "Find your way"), ("zh_CN", "认识界面")):
        site.speak(language)
        page = site.guest("rep").read("/guide/around")
        assert f"<h1>{title}</h1>" in re.sub(r"<h1[^>]*>", "<h1>", page)
        assert site.guest("rep").read("/guide").count("/guide/") >= len(TOPICS)
    assert site.guest("rep").get("/guide/nothing").status_code == 404
    assert site.nobody().get("/guide").status_code == 303


def test_the_guide_opens_at_what_one_is_doing(site: Site) -> None:
    answer = site.guest("rep").get("/guide?at=pages.list_records")
    assert answer.location.endswith("/guide/lists")
    assert topic_for("setup.users").name == "access"
    assert topic_for("setup.objects").name == "shape"
    assert topic_for("something.else").name == "around"


def test_words_find_topics(site: Site) -> None:
    page = site.guest("rep").read("/guide?q=pinyin")
    assert "/guide/around" in page
    assert "/guide/shape" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_says_the_steps_of_a_save_in_the_order_of_the_code(language: str) -> None:
    text = (TEXTS / language / "saves.md").read_text("utf-8")
    said = re.findall(r"^\d+\. `(\w+)`", text, re.MULTILINE)
    assert said == [step.__name__ for step in STEPS]
