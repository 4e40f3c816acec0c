"""https on one's own machine: who trusts the authority gets in, and it vouches for nothing else."""

from __future__ import annotations

import ssl
import stat
import threading
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography import x509
from flask import Flask

from trellis.platform import clock
from trellis.platform.config import Config
from trellis.platform.errors import Rejected
from trellis.platform.web.tls import local_certificate, refuse_in_public, server_of


def test_whoever_trusts_the_authority_speaks_https_with_us(tmp_path: Path) -> None:
    app, certificate = Flask("probe"), local_certificate(tmp_path)
    app.add_url_rule("/", "home", lambda: "here")
    config = replace(Config.read({}), host="127.0.0.1", port=0)
    server = server_of(app, config, certificate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trusting = ssl.create_default_context(cafile=str(certificate.authority))
    try:
        for host in ("localhost", "127.0.0.1"):
            with urllib.request.urlopen(f"https://{host}:{server.port}/", context=trusting) as said:
                assert said.read() == b"here"
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(
                f"https://localhost:{server.port}/", context=ssl.create_default_context()
            )
    finally:
        server.shutdown()
        server.server_close()


def test_the_authority_speaks_for_this_machine_alone_and_its_key_is_gone(tmp_path: Path) -> None:
    made = local_certificate(tmp_path)
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert {str(one.value) for one in limits.value.permitted_subtrees or ()} == {
        "localhost", "127.0.0.1/32", "::1/128",
    }  # fmt: skip
    kept = {path.name for path in made.folder.iterdir()}
    assert kept == {"authority.pem", "server.pem", "server.key"}
    key = x509.load_pem_x509_certificate(made.chain.read_bytes()).public_key()
    assert key != authority.public_key()
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600


def test_a_certificate_is_kept_until_it_runs_out_soon(tmp_path: Path) -> None:
    before = local_certificate(tmp_path).chain.read_bytes()
    assert local_certificate(tmp_path).chain.read_bytes() == before
    with time_machine.travel(clock.now() + timedelta(days=340)):
        assert local_certificate(tmp_path).chain.read_bytes() != before


@pytest.mark.parametrize(
    "more", [{"host": "0.0.0.0"}, {"base_url": "https://crm.example"}]  # noqa: S104
)  # fmt: skip
def test_it_is_refused_where_others_come(more: dict[str, str]) -> None:
    with pytest.raises(Rejected):
        refuse_in_public(replace(Config.read({}), **more))  # type: ignore[arg-type]
