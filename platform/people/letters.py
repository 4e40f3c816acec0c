"""Letters to people about their access, each with a one-time link.

A forgotten password is looked after by a job: what the request itself does, and how long that
takes, is the same whether such a user exists or not.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from ..company import read_company
from ..config import Config
from ..errors import NotFound
from ..i18n import Localization, _, use_locale
from ..jobs.queue import enqueue
from ..jobs.worker import Task, Work
from ..mail import Letter, enqueue_mail
from . import links, throttle, users
from .actor import SYSTEM_USER_ID, Actor
from .api_tokens import ApiToken

KIND = "people.forgotten_password"
CHOOSE_PATH = "/password/choose"
TOKENS_PATH = "/settings/tokens"


def ask_for_reset(conn: sa.Connection, username: str) -> None:
    """Has a letter sent to the stored address of the user, if there is such a one."""
    enqueue(conn, KIND, {"username_key": throttle.key_of(username)}, actor_id=SYSTEM_USER_ID)


def work(config: Config) -> Mapping[str, Work]:
    """The job behind `ask_for_reset`, for a worker: {job kind: work}."""

    def send(task: Task) -> None:
        with task.finish() as conn:
            user = users.find_by_username(conn, str(task.args["username_key"]))
            if user is not None and user.may_sign_in:
                _send_reset(conn, config, task.db.key, user, user.id)

    return {KIND: send}


def send_reset(conn: sa.Connection, config: Config, user_id: str, by: Actor) -> None:
    """Sends a link to choose a new password; nobody but the user ever knows it."""
    user = _able(conn, user_id)
    _send_reset(conn, config, by.org, user, by.user_id)


def send_invitation(conn: sa.Connection, config: Config, user_id: str, by: Actor) -> None:
    """Sends a new user a link to choose the first password."""
    user = _able(conn, user_id)
    token = links.issue_link(conn, links.INVITE, user.id)
    with use_locale(_spoken(user)):
        text = _(
            "Hello %(name)s,\n\nyou can now work in %(company)s. Your user name is %(username)s. "
            "Choose a password within 72 hours:\n\n%(link)s\n",
            name=user.name,
            company=read_company(conn).name or "Trellis",
            username=user.username,
            link=link_url(config, by.org, token),
        )
        letter = Letter(user.email, _("Your access to Trellis"), text)
    enqueue_mail(conn, letter, by.user_id)


def tell_of_token(
    conn: sa.Connection, config: Config, user_id: str, token: ApiToken, by: Actor
) -> None:
    """Tells the user that a token of theirs was made, or was revoked, and by whom."""
    user = users.get_user(conn, user_id)
    with use_locale(_spoken(user)):
        said = {"name": user.name, "token": token.name, "who": by.name}
        link = f"{config.base_url}{TOKENS_PATH}"
        if token.is_good:
            subject = _("A new API token")
            text = _(
                "Hello %(name)s,\n\nan API token named “%(token)s” was made in your name. Programs "
                "that have it can act as you until it runs out. If this was not you, revoke it "
                "here and change your password:\n\n%(link)s\n",
                link=link,
                **said,
            )
        else:
            subject = _("An API token was revoked")
            text = _(
                "Hello %(name)s,\n\n%(who)s revoked your API token “%(token)s”. Programs that use "
                "it are refused from now on. Your tokens:\n\n%(link)s\n",
                link=link,
                **said,
            )
        letter = Letter(user.email, subject, text)
    enqueue_mail(conn, letter, by.user_id)


def link_url(config: Config, org: str, token: str) -> str:
    """The address in a letter: made of the configured one, never of what a request says."""
    return f"{config.base_url}{CHOOSE_PATH}/{org}/{token}"


def _send_reset(conn: sa.Connection, config: Config, org: str, user: users.User, by: str) -> None:
    token = links.issue_link(conn, links.RESET, user.id)
    with use_locale(_spoken(user)):
        text = _(
            "Hello %(name)s,\n\nsomebody asked for a new password for your user name %(username)s. "
            "If it was you, choose one within 60 minutes:\n\n%(link)s\n\n"
            "If not, there is nothing to do: your password stays as it is.\n",
            name=user.name,
            username=user.username,
            link=link_url(config, org, token),
        )
        letter = Letter(user.email, _("Choose a new password"), text)
    enqueue_mail(conn, letter, by)


def _able(conn: sa.Connection, user_id: str) -> users.User:
    user = users.get_user(conn, user_id)
    if not user.may_sign_in:
        raise NotFound(_("This user may not sign in."))
    return user


def _spoken(user: users.User) -> Localization:
    return Localization(user.language, user.locale, user.time_zone)
