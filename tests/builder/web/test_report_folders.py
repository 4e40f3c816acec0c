"""Folders of reports by HTTP: made, shared with circles and single users, put away."""

from __future__ import annotations

import pytest

from tests.demo_site import Site

PAGE = "/setup/report-folders"


def folder_uid(site: Site, label: str = "Sales") -> str:
    return next(str(f.uid) for f in site.snapshot.of_kind("ReportFolder") if f.label == label)


def put_report(site: Site) -> str:
    folder = next(f for f in site.snapshot.of_kind("ReportFolder") if f.label == "Sales")
    site.put_live({
        "kind": "Report", "uid": "r-1", "name": "InSales", "label": "In sales",
        "folder": folder.name, "reportType": "Account", "columns": [{"field": "Name"}],
    })  # fmt: skip
    return "/reports/InSales"


def share(site: Site, *rows: tuple[str, str], page: str = "") -> str:
    who, level = [row[0] for row in rows], [row[1] for row in rows]
    at = page or f"{PAGE}/{folder_uid(site)}"
    return site.guest().submit(at, {"label": "Sales", "who": who, "level": level})


@pytest.fixture
def folder(site: Site) -> Site:
    share(site, page=f"{PAGE}/new")
    return site


def test_a_folder_is_seen_by_those_it_is_shared_with(folder: Site) -> None:
    url = put_report(folder)
    assert folder.guest("rep").get(url).status_code == 404
    assert "In sales" in folder.guest().read(f"{PAGE}/{folder_uid(folder)}")
    share(folder, ("allInternalUsers:", "View"), ("", "View"))
    assert folder.guest("rep").get(url).status_code == 200
    assert "Everybody" in folder.guest().read(PAGE)
    assert folder.guest("rep").get(f"{url}/edit").status_code == 403
    share(folder)
    assert folder.guest("rep").get(url).status_code == 404


def test_a_single_user_may_edit_what_is_in_it(folder: Site) -> None:
    url = put_report(folder)
    rep = folder.actor("rep").user_id
    version = folder.snapshot.version
    share(folder, (f"user:{rep}", "Edit"))
    assert folder.snapshot.version == version  # users are data
    assert folder.guest("rep").get(f"{url}/edit").status_code == 200
    assert folder.guest("chinese").get(url).status_code == 404
    page = folder.guest().read(f"{PAGE}/{folder_uid(folder)}")
    assert f'value="user:{rep}" selected' in page


def test_rows_that_mean_nobody_are_refused_or_left_out(folder: Site) -> None:
    put_report(folder)
    share(folder, ("user:005000000000000AAA", "View"), ("other:x", "View"), ("role:x", "All"))
    refused = folder.guest().post(
        f"{PAGE}/{folder_uid(folder)}", {"label": "Sales", "who": ["role:No one"], "level": "View"}
    )
    assert refused.status_code == 422
    assert "No one" in refused.get_data(as_text=True)


def test_a_folder_with_reports_is_kept_and_an_empty_one_goes(folder: Site) -> None:
    put_report(folder)
    uid = folder_uid(folder)
    folder.guest().post(f"{PAGE}/{uid}/delete")
    assert folder.snapshot.find_uid(uid) is not None
    folder.guest().post("/reports/InSales/delete")
    folder.guest().post(f"{PAGE}/{uid}/delete")
    assert folder.snapshot.find_uid(uid) is None


def test_two_folders_never_have_one_name_and_others_are_kept_out(folder: Site) -> None:
    again = folder.guest().post(f"{PAGE}/new", {"label": "Sales"})
    assert again.status_code == 422
    assert folder.guest("rep").get(PAGE).status_code == 403
    assert folder.guest().get(f"{PAGE}/nothing").status_code == 404
