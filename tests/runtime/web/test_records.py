"""Record pages and forms by HTTP, as a browser without scripts works them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.demo_site import Guest, Site, hidden_fields, problems_of
from tests.factories import make_field


def created(site: Site, who: str = "rep", **values: Any) -> str:
    return site.records(who).create("Account", {"Name": "Harbour Lights"} | values)


def record_id_of(location: str) -> str:
    found = re.search(r"/r/([A-Za-z0-9]{18})$", location)
    assert found, location
    return found[1]


def new_account(guest: Guest, **values: str) -> Any:
    guest.get("/o/Account/new")
    return guest.post("/o/Account/new", form_of(guest, "/o/Account/new") | values)


def form_of(guest: Guest, path: str) -> dict[str, str]:
    """The hidden inputs that the form of a page sends along."""
    return hidden_fields(guest.read(path))


def action_of(page: str) -> str:
    """Where the form of a record is sent."""
    found = re.search(r'<form[^>]*action="([^"]*)"[^>]*id="record-form"', page)
    assert found
    return found[1]


def value(site: Site, record_id: str, name: str) -> Any:
    return site.records().get(record_id, [name]).values[name]


def test_a_record_is_created_shown_edited_and_found(either_site: Site) -> None:
    rep = either_site.guest("rep")
    answer = new_account(
        rep, Name="Kelp & Sons 海带", AnnualRevenue="1,234,567", Industry="Banking"
    )
    assert answer.status_code in (302, 303), problems_of(answer.text)
    record_id = record_id_of(answer.location)
    page = rep.read(f"/r/{record_id}")
    assert "Kelp &amp; Sons 海带" in page
    assert "1,234,567" in page
    path = f"/r/{record_id}/edit"
    rep.post(path, form_of(rep, path) | {"Name": "Kelp and Daughters"}, follow_redirects=True)
    assert value(either_site, record_id, "Name") == "Kelp and Daughters"
    assert value(either_site, record_id, "Industry") == "Banking"  # not on this form: not touched
    assert "Kelp and Daughters" in rep.read("/search?q=kelp")


def test_all_problems_of_a_form_are_said_at_their_fields(either_site: Site) -> None:
    rep = either_site.guest("rep")
    answer = new_account(rep, Name="", AnnualRevenue="a lot", Website="https://x.example")
    assert answer.status_code == 422
    said = problems_of(answer.text)
    assert len(said) == 2, said
    assert 'href="#AnnualRevenue"' in answer.text
    assert 'value="a lot"' in answer.text  # what was typed is still there
    assert 'value="https://x.example"' in answer.text


def test_a_lookup_is_typed_by_name_without_scripts(either_site: Site) -> None:
    parent = created(either_site, Name="Only One Of This Name")
    rep = either_site.guest("rep")
    answer = new_account(
        rep, Name="Child", **{"ParentId.label": "only one of this name", "ParentId": ""}
    )
    assert answer.status_code in (302, 303), problems_of(answer.text)
    assert value(either_site, record_id_of(answer.location), "ParentId") == parent


def test_a_lookup_typed_by_an_unknown_or_unclear_name_is_refused(site: Site) -> None:
    for _twice in range(2):
        created(site, Name="Twin")
    for typed in ("Nobody Of This Name", "Twin"):
        answer = new_account(
            site.guest("rep"), Name="Child", **{"ParentId.label": typed, "ParentId": ""}
        )
        assert answer.status_code == 422
        assert problems_of(answer.text)
        assert f'value="{typed}"' in answer.text


def test_a_lookup_typed_by_another_id_than_a_record_is_refused(site: Site) -> None:
    contact = site.find_id("Contact")
    for wrong in (contact, "001000000000000AAA", "rubbish"):
        answer = new_account(site.guest("rep"), Name="Child", ParentId=wrong)
        assert answer.status_code == 422, wrong


def test_a_new_form_is_filled_by_the_address(site: Site) -> None:
    account = created(site, Name="Filled In")
    page = site.guest("rep").read(f"/o/Contact/new?AccountId={account}&LastName=Ng")
    assert 'value="Filled In"' in page
    assert f'value="{account}"' in page
    assert 'value="Ng"' in page


def test_a_secret_is_never_kept_as_a_draft(site: Site) -> None:
    layout = dict(site.snapshot.get("Layout", "Account-Account Layout").document)
    sections = [dict(one) for one in layout["sections"]]
    cells = [*sections[0]["cells"], {"id": "secret", "field": "Secret__c"}]
    sections[0] |= {"cells": cells}
    site.put_live(
        make_field("Account.Secret__c", "EncryptedText", length=20), layout | {"sections": sections}
    )
    page = site.guest("admin").read("/o/Account/new")
    secret = re.search(r'<input[^>]*name="Secret__c"[^>]*>', page)
    assert secret
    assert "data-no-draft" in secret[0]
    assert page.count("data-no-draft") == 1


def test_a_clone_starts_with_the_values_and_makes_another_record(site: Site) -> None:
    record_id = created(site, Name="Original", Phone="+1 555 0100")
    rep = site.guest("rep")
    page = rep.read(f"/r/{record_id}/clone")
    assert 'value="Original"' in page
    assert 'value="+1 555 0100"' in page
    form = hidden_fields(page) | {"Name": "Original", "Phone": "+1 555 0100"}
    answer = rep.post(action_of(page), form)
    assert record_id_of(answer.location) != record_id


def test_one_submit_of_a_form_makes_one_record_however_often_it_is_sent(either_site: Site) -> None:
    rep = either_site.guest("rep")
    form = form_of(rep, "/o/Account/new") | {"Name": "Pressed Twice"}
    first = rep.post("/o/Account/new", form)
    second = rep.post("/o/Account/new", form)
    assert record_id_of(first.location) == record_id_of(second.location)
    page = rep.read("/o/Account?view=AllAccounts&q=Pressed+Twice")
    assert page.count("<tr data-row=") == 1


def test_a_form_that_was_refused_may_be_sent_again(site: Site) -> None:
    rep = site.guest("rep")
    form = form_of(rep, "/o/Account/new")
    answer = rep.post("/o/Account/new", form | {"Name": ""})
    assert answer.status_code == 422
    again = hidden_fields(answer.text)
    answer = rep.post("/o/Account/new", again | {"Name": "Second Try"})
    assert answer.status_code in (302, 303)


def test_a_conflict_shows_both_values_and_lets_the_person_choose(either_site: Site) -> None:
    record_id = created(either_site, Name="Fought Over", Phone="1", Website="https://old.example")
    path = f"/r/{record_id}/edit"
    mine, theirs = either_site.guest("rep"), either_site.guest("admin")
    seen = form_of(mine, path)
    theirs.post(path, form_of(theirs, path) | {"Phone": "222", "Name": "Fought Over"})
    answer = mine.post(
        path, seen | {"Phone": "333", "Name": "Fought Over", "Website": "https://new.example"}
    )
    assert answer.status_code == 409
    assert ">222<" in answer.text
    assert ">333<" in answer.text
    assert "Alex Moran" in answer.text
    assert 'value="https://new.example"' in answer.text  # what only one touched is not lost
    again = hidden_fields(answer.text) | {"Name": "Fought Over", "Website": "https://new.example"}
    answer = mine.post(path, again | {"Phone": "333", "Phone.take": "theirs"})
    assert answer.status_code in (302, 303)
    assert value(either_site, record_id, "Phone") == "222"
    assert value(either_site, record_id, "Website") == "https://new.example"


def test_changes_of_different_fields_do_not_meet(either_site: Site) -> None:
    record_id = created(either_site, Name="Shared", Phone="1", Website="https://old.example")
    path = f"/r/{record_id}/edit"
    mine, theirs = either_site.guest("rep"), either_site.guest("admin")
    seen = form_of(mine, path)
    theirs.post(path, form_of(theirs, path) | {"Phone": "222"})
    answer = mine.post(path, seen | {"Phone": "1", "Website": "https://new.example"})
    assert answer.status_code in (302, 303)
    assert value(either_site, record_id, "Phone") == "222"
    assert value(either_site, record_id, "Website") == "https://new.example"


def test_a_deleted_record_comes_back_by_undo_with_its_children(either_site: Site) -> None:
    account = created(either_site, Name="Comes Back")
    rep = either_site.guest("rep")
    rep.get(f"/r/{account}")
    page = unescape(rep.post(f"/r/{account}/delete", follow_redirects=True).text)
    assert rep.get(f"/r/{account}").status_code == 404
    undo = re.search(r'action="(/recycle-bin/restore[^"]*)"', page)
    assert undo
    answer = rep.post(undo[1], follow_redirects=True)
    assert answer.status_code == 200
    assert rep.get(f"/r/{account}").status_code == 200


def test_several_records_are_deleted_restored_and_ended_from_lists(either_site: Site) -> None:
    ids = [created(either_site, Name=f"Heap {n}") for n in range(3)]
    rep = either_site.guest("rep")
    page = unescape(rep.post("/o/Account/delete", {"ids": ids}, follow_redirects=True).text)
    assert "3 records" in page
    undo = re.search(r'action="(/recycle-bin/restore[^"]*)"', page)
    assert undo
    assert rep.post(undo[1], follow_redirects=True).status_code == 200
    assert all(rep.get(f"/r/{one}").status_code == 200 for one in ids)
    rep.post("/o/Account/delete", {"ids": ids})
    rep.post("/recycle-bin/restore", {"ids": ids[:1]})
    rep.post("/recycle-bin/purge", {"ids": ids[1:]})
    assert [rep.get(f"/r/{one}").status_code for one in ids] == [200, 404, 404]


def test_the_bin_is_ones_own_and_an_administrators_is_everybodys(site: Site) -> None:
    account = created(site, Name="Thrown Away")
    site.guest("rep").post(f"/r/{account}/delete")
    assert "Thrown Away" in site.guest("rep").read("/recycle-bin")
    assert "Thrown Away" not in site.guest("chinese").read("/recycle-bin?of=all")
    assert "Thrown Away" in site.guest("admin").read("/recycle-bin?of=all")


def test_the_history_says_who_changed_what(either_site: Site) -> None:
    tracked = next(
        f
        for f in either_site.snapshot.fields("Account").values()
        if f.track_history and f.type == "Picklist"
    )
    values = either_site.snapshot.values(tracked)
    record_id = created(either_site, Name="Changed", **{tracked.local_name: values[0].name})
    rep = either_site.guest("rep")
    path = f"/r/{record_id}/edit"
    rep.post(path, form_of(rep, path) | {tracked.local_name: values[1].name})
    page = rep.read(f"/r/{record_id}/history")
    assert "Ana Souza" in page
    assert unescape(values[1].label) in unescape(page)


def test_the_search_finds_chinese_text_anywhere_in_a_name(either_site: Site) -> None:
    created(either_site, Name="上海长风机器人有限公司")
    rep = either_site.guest("rep")
    for words in ("长风", "机器", "有限公司"):
        assert "上海长风机器人有限公司" in rep.read(f"/search?q={words}")


@pytest.mark.abuse("A28")
def test_text_of_people_is_never_markup(site: Site) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
    record_id = created(site, Name=evil, Description=evil)
    rep = site.guest("rep")
    for path in (f"/r/{record_id}", f"/r/{record_id}/edit", "/o/Account?view=AllAccounts&q=script",
                 "/search?q=script", "/home", f"/r/{record_id}/history"):  # fmt: skip
        page = rep.read(path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.abuse("A31")
def test_an_address_with_a_script_is_refused_or_no_link(site: Site) -> None:
    answer = new_account(site.guest("rep"), Name="Linked", Website="javascript:alert(1)")
    if answer.status_code != 422:
        page = site.guest("rep").read(answer.location)
        assert 'href="javascript:' not in page


@pytest.mark.parametrize("path", ["edit", "clone", "history"])
def test_a_short_id_finds_the_record_too(site: Site, path: str) -> None:
    record_id = created(site)
    assert site.guest("rep").get(f"/r/{record_id[:15]}/{path}").status_code == 200
