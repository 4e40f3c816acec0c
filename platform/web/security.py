"""Headers of every response, cookies, limits of a request, the hosts we answer for, the secret.

Refuses to start: in production without a secret, with a short or a well-known one, or in debug.
Refuses requests: for a host we are not, and bodies beyond the limits.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import ClosingIterator

from .. import vault
from ..config import Config
from ..errors import Problem, Rejected, require
from ..i18n import _
from .current import by_token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=31536000"

AROUND_UPLOAD = 1024 * 1024  # bytes of a request beside the file it carries
LARGEST_FORM = 8 * 1024 * 1024  # bytes of fields without files: several long text areas
MOST_FORM_PARTS = 5_000  # a wide object has 800 fields, some of several parts

SHORTEST_SECRET = 32  # characters
KNOWN_SECRETS = ("change", "secret", "example", "trellis", "password", "development", "insecure")

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")

csrf = CSRFProtect()  # type: ignore[no-untyped-call]  # the library has no types


class CookieSession(SecureCookieSessionInterface):
    """Flask's signed cookie, with SHA-256. It holds the org, our session's token and flashes."""

    digest_method = staticmethod(hashlib.sha256)
    salt = "trellis-session"

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing is kept of a request that came with an API token."""
        if not by_token():
            super().save_session(app, session, response)


class HeadAsGet:
    """Answers HEAD as GET, without the body.

    Views ask `if request.method == "GET"`; a HEAD would fall through to the part that writes, which
    no CSRF check precedes, because HEAD counts as safe.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "HEAD":
            return self._app(environ, start_response)
        body = self._app({**environ, "REQUEST_METHOD": "GET"}, start_response)
        return ClosingIterator((), getattr(body, "close", None))


def install(app: Flask, config: Config) -> None:
    """Sets the limits, cookies, hosts and headers of the application."""
    refuse_debug_in_public(config)
    https = is_https(config)
    app.secret_key = secret_of(config)
    vault.install(lambda: secret_of(config))
    app.session_interface = CookieSession()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-trellis" if https else "trellis",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=config.upload_bytes + AROUND_UPLOAD,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        TRUSTED_HOSTS=trusted_hosts(config),
        # The token lives as long as the session it is bound to; a form may stay open over lunch.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_METHODS={"POST", "PUT", "PATCH", "DELETE"},
        WTF_CSRF_CHECK_DEFAULT=False,  # it is checked below
    )
    app.wsgi_app = HeadAsGet(app.wsgi_app)  # type: ignore[method-assign]
    _trust_proxies(app, config)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        response.headers.pop("Server", None)
        return response

    csrf.init_app(app)  # type: ignore[no-untyped-call]
    app.before_request(check_csrf)


def check_csrf() -> None:
    """No other site can send the header of an API token, and with it the cookie counts nothing."""
    if not by_token():
        csrf.protect(apply_exemptions=True)  # type: ignore[no-untyped-call]


def is_https(config: Config) -> bool:
    """Whether people reach us by https: said by the configured address, never by a request."""
    return urlsplit(config.base_url).scheme == "https"


def trusted_hosts(config: Config) -> list[str]:
    """The hosts we answer for: the configured one, and all names of this machine if it is that."""
    host = urlsplit(config.base_url).hostname or "localhost"
    return list(dict.fromkeys([host, *(LOCAL_HOSTS if host in LOCAL_HOSTS else ())]))


def is_production(config: Config) -> bool:
    """Whether others than the person at this machine can reach us."""
    host = urlsplit(config.base_url).hostname or ""
    return host not in LOCAL_HOSTS or config.host not in LOCAL_HOSTS


def _trust_proxies(app: Flask, config: Config) -> None:
    """Believes `X-Forwarded-…` of exactly so many proxies; with none the peer's address counts."""
    if hops := config.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0
        )


def refuse_debug_in_public(config: Config) -> None:
    """Raises Rejected (`debug.public`) when details of errors would be shown to others."""
    if config.debug and is_production(config):
        message = _("Debug mode is for this machine only.")
        hint = _("Unset TRELLIS_DEBUG, or let TRELLIS_HOST and TRELLIS_BASE_URL be 127.0.0.1.")
        raise Rejected(Problem("debug.public", ("TRELLIS_DEBUG",), message, hint))


# --- the secret ---------------------------------------------------------------------------------


def secret_of(config: Config) -> str:
    """The configured secret, or in development one made on first start and kept in the data folder.

    Raises Rejected (`secret.missing`, `secret.short`, `secret.known`).
    """
    if config.secret_key:
        require(filter(None, [check_secret(config.secret_key)]))
        return config.secret_key
    if is_production(config):
        hint = _('Make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"')
        missing = _("TRELLIS_SECRET_KEY is not set.")
        raise Rejected(Problem("secret.missing", ("TRELLIS_SECRET_KEY",), missing, hint))
    return _kept_secret(Path(config.data_dir))


def check_secret(secret: str) -> Problem | None:
    """Why the secret cannot protect anything, or None."""
    path = ("TRELLIS_SECRET_KEY",)
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 10:
        message = _("The secret key is too short or too simple.")
        hint = _("Use at least %(n)s random characters.", n=SHORTEST_SECRET)
        return Problem("secret.short", path, message, hint)
    if any(word in secret.casefold() for word in KNOWN_SECRETS):
        message = _("The secret key looks like an example from a manual.")
        return Problem("secret.known", path, message, _("Make a random one."))
    return None


def _kept_secret(folder: Path) -> str:
    """The secret in `secret` of the data folder, readable by its owner alone; made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        return path.read_text("utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        made = secrets.token_urlsafe(48)
        file.write(made)
    return made
