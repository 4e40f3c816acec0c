"""Connect your tool: what to type into which, ready to be copied."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import render_template

from ...platform.i18n import _, lazy
from ...platform.people.connected_apps import list_apps
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import config
from ...runtime.api.blueprint import NEWEST
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand

#: (tool, what to know first, what is typed), with {url}, {host}, {id} and {version} in place
TOOLS = (
    (
        "curl",
        lazy("A token of client credentials, then a query."),
        "curl {url}/services/oauth2/token -d grant_type=client_credentials \\\n"
        "  -d client_id={id} -d client_secret=SECRET\n"
        "curl -G {url}/services/data/v{version}.0/query -H 'Authorization: Bearer TOKEN' \\\n"
        "  --data-urlencode 'q=SELECT Id, Name FROM Account LIMIT 5'",
    ),
    (
        "simple-salesforce",
        lazy("Python. It insists on https."),
        "from simple_salesforce import Salesforce\n\n"
        'sf = Salesforce(instance="{host}", session_id="TOKEN", version="{version}.0")\n'
        'sf.query("SELECT Id, Name FROM Account LIMIT 5")',
    ),
    (
        "jsforce",
        lazy("JavaScript. Let the app run as a user for this."),
        "import jsforce from 'jsforce';\n\n"
        "const conn = new jsforce.Connection({{\n"
        "  instanceUrl: '{url}', version: '{version}.0',\n"
        "  oauth2: {{ loginUrl: '{url}', clientId: '{id}', clientSecret: 'SECRET' }},\n"
        "}});\n"
        "await conn.authorize({{ grant_type: 'client_credentials' }});\n"
        "await conn.query('SELECT Id, Name FROM Account LIMIT 5');",
    ),
    (
        "sf",
        lazy("The command line. It asks for a token: one of My settings › API tokens will do."),
        "sf org login access-token --instance-url {url} --alias trellis\n"
        'sf data query --target-org trellis --query "SELECT Id, Name FROM Account LIMIT 5"',
    ),
)


@setup.get("/connect")
@requires(ADMINISTRATOR)
def connect() -> str:
    """Examples with the address of this server and the first app's client id."""
    stand("setup.connected_apps", (_("Connect your tool"), ""))
    with here().read() as connection:
        apps = [one for one in list_apps(connection) if one.is_active]
    url = config().base_url.rstrip("/")
    named = {
        "{url}": url,
        "{host}": urlsplit(url).netloc,
        "{id}": apps[0].id if apps else "CLIENT_ID",
        "{version}": str(NEWEST),
    }
    return render_template(
        "builder/connect.html",
        url=url,
        is_https=url.startswith("https:"),
        tools=[(tool, str(first), _typed(text, named)) for tool, first, text in TOOLS],
    )


def _typed(text: str, named: dict[str, str]) -> str:
    """The example with what is known filled in; double braces are single ones."""
    for name, value in named.items():
        text = text.replace(name, value)
    return text.replace("{{", "{").replace("}}", "}")
