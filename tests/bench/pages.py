"""Pages as a browser gets them: in this process, and from a server over the loopback address."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from html.parser import HTMLParser
from urllib.parse import urlencode

from flask import Flask
from measure import resident

HOST = "127.0.0.1:8000"  # what the pages think they are at
HELLO = """
import sys, flask, waitress
app = flask.Flask("hello")
app.add_url_rule("/", "hello", lambda: "hello")
waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4, _quiet=True)
"""
SERVER = """
import sys, waitress
from trellis.wsgi import create_app
waitress.serve(create_app(), host="127.0.0.1", port=int(sys.argv[1]), threads=4, _quiet=True)
"""


# status, headers, lines that set cookies, body
Found = tuple[int, Mapping[str, str], list[str], str]


class Answer:
    """Status, where it leads, and the page."""

    def __init__(self, status: int, location: str, text: str) -> None:
        self.status, self.location, self.text = status, location, text


class Browser:
    """Keeps the cookie and the token of forms."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.token = ""

    def send(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Found:
        raise NotImplementedError

    def get(self, path: str) -> Answer:
        return self._noted(self.send("GET", path, "", self._headers()))

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        headers = {
            **self._headers(), "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{HOST}",
        }  # fmt: skip
        body = urlencode({**form, "csrf_token": self.token})
        return self._noted(self.send("POST", path, body, headers))

    def sign_in(self, username: str, password: str) -> None:
        self._find_token(self.get("/login").text)
        answer = self.post("/login", {"username": username, "password": password})
        if answer.status not in (302, 303):
            raise SystemExit(f"the bench could not sign in: {answer.status}")
        self._find_token(self.get("/settings").text)

    def form(self, path: str) -> dict[str, str]:
        """What a form sends when nobody touches it."""
        text = self.get(path).text
        self._find_token(text)
        reader = _Form()
        reader.feed(text)
        return {name: value for name, value in reader.values.items() if name != "csrf_token"}

    def _headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": HOST, "Cookie": cookie} if cookie else {"Host": HOST}

    def _noted(self, found: Found) -> Answer:
        status, headers, made, text = found
        for line in made:
            name, _is, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(status, headers.get("Location", ""), text)

    def _find_token(self, text: str) -> None:
        if found := re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text):
            self.token = found[1]


class InProcess(Browser):
    """Calls the application itself."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = app.test_client(use_cookies=False)

    def send(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Found:
        answer = self._client.open(
            path, method=method, data=body or None, headers=headers, base_url=f"http://{HOST}"
        )
        made = answer.headers.getlist("Set-Cookie")
        return answer.status_code, answer.headers, made, answer.text


class OverLoopback(Browser):
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._connection.connect()
        assert self._connection.sock is not None
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Found:
        self._connection.request(method, path, body or None, dict(headers))
        answer = self._connection.getresponse()
        made = answer.headers.get_all("Set-Cookie") or []
        return answer.status, answer.headers, made, answer.read().decode()


class _Form(HTMLParser):
    """The fields of the largest form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = [{}]
        self._select = self._area = ""

    @property
    def values(self) -> dict[str, str]:
        return max(self.forms, key=len)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name, values = found.get("name", ""), self.forms[-1]
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and name and found.get("type") not in ("checkbox", "radio", "submit"):
            values[name] = found.get("value", "")
        elif tag == "select":
            self._select = name
        elif (
            tag == "option" and self._select and ("selected" in found or self._select not in values)
        ):
            values[self._select] = found.get("value", "")
        elif tag == "textarea" and name:
            self._area = name
            values[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area


class Server:
    """A server process on a free port."""

    def __init__(self, program: str, environ: Mapping[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, str(self.port)], env={**os.environ, **environ}
        )
        self._wait()
        self.started = time.perf_counter() - begun

    def _wait(self) -> None:
        """Until it answers a request."""
        for _attempt in range(6000):
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                connection.request("GET", "/login", headers={"Host": HOST})
                connection.getresponse().read()
                connection.close()
                return
            if self._process.poll() is not None:
                raise SystemExit("the server of the bench ended")
            time.sleep(0.005)

    @property
    def memory(self) -> float:
        return resident(self._process.pid)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@contextmanager
def served(program: str, environ: Mapping[str, str] | None = None) -> Iterator[Server]:
    server = Server(program, environ or {})
    try:
        yield server
    finally:
        server.stop()
