from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from trellis.platform.config import SETTINGS, Config
from trellis.platform.errors import Rejected


def test_every_setting_is_a_field_with_the_same_default_and_a_help_text() -> None:
    assert [setting.name for setting in SETTINGS] == [field.name for field in fields(Config)]
    assert Config.read({}) == Config()
    assert all(setting.help.endswith(".") for setting in SETTINGS)


def test_settings_are_read_from_the_environment() -> None:
    config = Config.read(
        {"TRELLIS_DATA_DIR": "/srv/t", "TRELLIS_PORT": "9000", "TRELLIS_DEBUG": "yes", "HOME": "/x"}
    )
    assert (config.data_dir, config.port, config.debug) == (Path("/srv/t"), 9000, True)


def test_wrong_and_unknown_settings_are_refused_together() -> None:
    with pytest.raises(Rejected) as caught:
        Config.read({"TRELLIS_PORT": "many", "TRELLIS_DEBUG": "perhaps", "TRELLIS_PROT": "1"})
    problems = {problem.path: problem for problem in caught.value.problems}
    assert set(problems) == {("TRELLIS_PORT",), ("TRELLIS_DEBUG",), ("TRELLIS_PROT",)}
    assert "TRELLIS_PORT" in problems[("TRELLIS_PROT",)].hint


def test_secrets_are_not_shown() -> None:
    config = Config.read(
        {
            "TRELLIS_SECRET_KEY": "s3cret",
            "TRELLIS_DATABASE_URL": "postgresql://u:s3cret@h/d",
            "TRELLIS_SMTP_URL": "smtp://u:s3cret@h",
        }
    )
    assert "s3cret" not in repr(config)
    assert {setting.name for setting in SETTINGS if setting.is_secret} == {
        "secret_key",
        "database_url",
        "smtp_url",
    }
