from __future__ import annotations

import pytest

from trellis.platform.company import Company, check_company, read_company, save_company
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected


def test_a_fresh_org_has_a_name_and_the_usual_settings(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        assert read_company(conn) == Company("Main")


def test_the_profile_is_kept_whole(org_db: OrgDatabase) -> None:
    wanted = Company("流明", "zh_CN", "zh_CN", "Asia/Shanghai", "CNY")
    with org_db.write() as conn:
        save_company(conn, wanted)
        save_company(conn, wanted)
    with org_db.read() as conn:
        assert read_company(conn) == wanted
    assert wanted.localization.currency == "CNY"


def test_every_wrong_choice_is_named(org_db: OrgDatabase) -> None:
    wrong = Company(" ", "xx", "xx_YY", "Mars/Base", "ZZZ")
    assert {problem.path[0] for problem in check_company(wrong)} == {
        "name",
        "language",
        "locale",
        "time_zone",
        "currency",
    }
    with pytest.raises(Rejected), org_db.write() as conn:
        save_company(conn, wrong)
