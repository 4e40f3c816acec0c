from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Blueprint

from trellis.platform.config import Config
from trellis.platform.feature import Feature
from trellis.platform.orgs import Orgs
from trellis.platform.web.access import ANYONE, requires
from trellis.platform.web.app import build_app
from trellis.platform.web.current import origin

pytestmark = pytest.mark.abuse("A85")

SPOOFED = {
    "X-Forwarded-For": "203.0.113.66, 198.51.100.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-Ip": "203.0.113.66",
}


def whereabouts() -> Feature:
    probe = Blueprint("whereabouts", "trellis.probe")

    @probe.get("/whereabouts")
    @requires(ANYONE)
    def show() -> dict[str, Any]:
        return {"ip": origin().ip}

    return Feature("whereabouts", blueprints=(probe,))


@pytest.mark.parametrize(
    ("proxies", "ip"), [(0, "192.0.2.1"), (1, "198.51.100.7"), (2, "203.0.113.66")]
)
def test_only_configured_proxies_vouch_for_an_address(
    web_config: Config, orgs: Orgs, proxies: int, ip: str
) -> None:
    app = build_app(replace(web_config, trusted_proxies=proxies), [whereabouts()], orgs)
    answer = app.test_client().get(
        "/whereabouts",
        headers=SPOOFED,
        base_url="http://127.0.0.1:8000",
        environ_base={"REMOTE_ADDR": "192.0.2.1"},
    )
    assert answer.status_code == 200
    assert answer.get_json() == {"ip": ip}
