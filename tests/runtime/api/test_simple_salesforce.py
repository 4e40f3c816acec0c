"""A client that others wrote and nobody changed: it makes, reads, finds, changes and deletes.

It runs where the library is installed; it speaks https only, so a session brings it to the test
server by an adapter of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.demo_site import Site

from .programs import Program

client = pytest.importorskip("simple_salesforce", reason="simple-salesforce is not installed")


@pytest.fixture
def salesforce(site: Site) -> Iterator[Any]:
    requests = pytest.importorskip("requests")
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    class Plain(requests.adapters.HTTPAdapter):  # type: ignore[misc,name-defined]
        def send(self, request: Any, *args: Any, **rest: Any) -> Any:
            request.url = request.url.replace("https://", "http://", 1)
            return super().send(request, *args, **rest)

    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Plain())
    token = Program(site, site.actor()).token
    yield client.Salesforce(
        instance=f"127.0.0.1:{server.port}", session_id=token, session=session, version="62.0"
    )
    session.close()
    server.shutdown()
    server.server_close()


def test_the_client_does_its_work(salesforce: Any, site: Site) -> None:
    made = salesforce.Account.create({"Name": "By a client", "NumberOfEmployees": 3})
    record = made["id"]
    assert made["success"]
    assert salesforce.Account.get(record)["NumberOfEmployees"] == 3
    assert salesforce.Account.update(record, {"Name": "Changed"}) == 204
    where = f"SELECT Id, Name, Owner.Name FROM Account WHERE Id = '{record}'"
    assert salesforce.query(where)["records"][0]["Name"] == "Changed"
    assert len(list(salesforce.query_all_iter("SELECT Id FROM Contact"))) == 900
    assert salesforce.query_more(
        salesforce.query("SELECT Id FROM Contact")["records"][0]["attributes"]["url"], True
    )["Id"]
    described = salesforce.Account.describe()
    assert described["name"] == "Account"
    assert "Account" in {one["name"] for one in salesforce.describe()["sobjects"]}
    assert salesforce.limits()["DailyApiRequests"]["Remaining"] > 0
    assert salesforce.api_usage["api-usage"].total == 250_000
    child = salesforce.Contact.create({"LastName": "Child", "AccountId": record})["id"]
    assert salesforce.Contact.delete(child) == 204
    assert salesforce.Account.delete(record) == 204
    with pytest.raises(client.SalesforceResourceNotFound):
        salesforce.Account.get(record)
    with pytest.raises(client.SalesforceMalformedRequest):
        salesforce.query("SELECT Nope FROM Account")
