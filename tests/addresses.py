"""An address of every page of the demo company, for whoever walks over them all."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import cached_property

import sqlalchemy as sa

from tests.demo_site import (
    HOME,
    ORG,
    PICTURE,
    Site,
    system,
)
from trellis.metadata.packages.archive import zip_of
from trellis.metadata.packages.gallery import list_gallery
from trellis.metadata.packages.install import install
from trellis.metadata.packages.installed import find_installed
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.read import Package
from trellis.metadata.packages.runs import Asked, begin
from trellis.metadata.packages.runs import Deed as PackageDeed
from trellis.metadata.packages.salesforce.opening import package_zip
from trellis.metadata.packages.uploads import keep_upload
from trellis.metadata.packages.write import files_of
from trellis.platform.attachments import add_file
from trellis.platform.people.connected_apps import ConnectedApp, create_app, list_apps
from trellis.platform.people.sessions import find_session
from trellis.runtime.bulk import kept
from trellis.runtime.bulk.kept import Deed, State

PACKAGE_PAGES = (
    *("setup.package", "setup.remove_package_page", "setup.package_records"),
    *("setup.take_back_package", "setup.remove_package"),
)
#: arguments of the addresses that programs ask for
PROGRAMS = {
    "version": "v62.0", "value": "x", "organization_id": "x", "person_id": "x", "locator": "x",
    "view_id": "x", "type_id": "x", "field_name": "Id", "layout_name": "x",
    "job_id": "x",
}  # fmt: skip
ROLLUP_PAGES = ("setup.new_rollup", "setup.edit_rollup")


def addresses(site: Site) -> dict[str, str]:
    """{endpoint: a sample address} of every GET route; an endpoint without a sample is an error."""
    ids = Samples(site)
    found = {}
    for rule in site.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        arguments = ids.arguments(rule.endpoint, rule.arguments)
        if arguments is None:
            continue
        with site.app.test_request_context(base_url=HOME):
            found[rule.endpoint] = site.app.url_for(rule.endpoint, **arguments)
    return found


@dataclass
class Samples:
    """Arguments of routes, from the demo company."""

    site: Site

    def arguments(self, endpoint: str, names: set[str]) -> dict[str, str] | None:
        """The arguments of a route; None for what is no page (assets, spent links, files)."""
        if endpoint.startswith(("assets.", "api.", "oauth.")):
            return None
        return {name: self.of(endpoint, name) for name in names}

    def of(self, endpoint: str, name: str) -> str:
        match name:
            case _ if endpoint.startswith("api.") and name in PROGRAMS:
                return PROGRAMS[name]
            case "object_name" if endpoint in ROLLUP_PAGES:
                return "Account"
            case "object_name" if endpoint in PACKAGE_PAGES:
                return "Sample_trip__c"
            case "name" if endpoint in PACKAGE_PAGES:
                return self._package()
            case "exhibit":
                return list_gallery(None)[0].key
            case "token" if endpoint == "setup.package_check":
                return self._upload()
            case "token" if endpoint == "setup.package_report":
                return self._upload(package_zip(self.site.db, zip_of(SALESFORCE), "trips"))
            case "run_id":
                return self._run()
            case "field_name" if endpoint in ROLLUP_PAGES:
                return "Open_pipeline__c"
            case "object_name":
                return "Opportunity"
            case "field_name":
                is_lookup = endpoint in ("pages.lookup", "setup.lookup_filter")
                return "AccountId" if is_lookup else "StageName"
            case "record_id" if endpoint == "pages.change_record_type":
                self._record_types("")
                return self.site.find_id("Opportunity")
            case "record_id":
                return self.site.find_id("Account")
            case "file_id":
                return self._file
            case "number":
                return "1"
            case "member_id":
                return "01M0000000000000AA"
            case "list_id":
                layout = next(
                    one for one in self.site.snapshot.of_kind("Layout") if one.object == "Account"
                )
                return str(layout.related_lists[0].id)
            case "client_id":
                return self._connected_app()
            case "user_id":
                return self.site.actor("rep").user_id
            case "deployment_id":
                with self.site.db.read() as conn:
                    return str(conn.scalar(sa.text("SELECT max(id) FROM sys_deployment")))
            case "name" if endpoint == "guide.topic":
                return "around"
            case "name" if endpoint in ("pages.tour", "pages.tour_seen"):
                return "home"
            case "kind":
                return "csv"
            case "org":
                return ORG
            case "comment_id":
                return "0Cm0000000000000AA"
            case "batch":
                return "0UN0000000000000AA"
            case "job_id":
                return self._job()
            case "token":
                return "spent"
            case "deed":
                return "freeze"
            case "rule_name":
                return self._rule()
            case "combination_name":
                return self._combination()
            case "type_name" | "process_name":
                return self._record_types(name)
            case "key":
                return self._report(endpoint)
            case "tile":
                return "pipeline"
            case "uid":
                return self._uid(endpoint)
            case "name":
                return self._named(endpoint)
        raise AssertionError(f"no sample for {name} of {endpoint}")

    @cached_property
    def _file(self) -> str:
        """A picture that is attached to the sample of an account."""
        kept = self.site.store.put(io.BytesIO(PICTURE))
        with self.site.db.write() as conn:
            record_id = self.of("", "record_id")
            return str(add_file(conn, self.site.actor(), "Plan.png", kept, record_id).id)

    def _sharing_rule(self) -> str:
        """The demo company shares everything with everybody: the rule is made here."""
        name, everybody = "Account.Banks", {"type": "allInternalUsers"}
        row = {"id": "1", "field": "Industry", "operator": "equals", "value": "Banking"}
        if self.site.snapshot.find("SharingRule", name) is None:
            self.site.put_live(
                {
                    "kind": "SharingRule", "uid": "sample-rule", "name": name, "label": "Banks",
                    "object": "Account", "type": "criteria", "sharedTo": everybody,
                    "access": "Read", "filters": [row],
                }
            )  # fmt: skip
        return name

    def _package(self) -> str:
        """The demo company has no package of its own: it is installed here."""
        with self.site.db.read() as conn:
            is_there = find_installed(conn, SAMPLE.manifest.name)
        if not is_there:
            install(self.site.db, system(), SAMPLE)
        return SAMPLE.manifest.name

    def _connected_app(self) -> str:
        """A program that returns to its own machine."""
        app = ConnectedApp("", "Command line", ("http://localhost:1717/OauthRedirect",))
        with self.site.db.write() as conn:
            found = list_apps(conn)
            return found[0].id if found else create_app(conn, app, self.site.actor())[0]

    def _upload(self, content: bytes = b"") -> str:
        """A later version of it, or a zip, uploaded by the administrator."""
        with self.site.db.write() as conn:
            session = find_session(conn, ORG, self.site.tokens["admin"])
            assert session is not None
            files = files_of(replace(SAMPLE, manifest=Manifest("sample-trips", "2.0.0")))
            return keep_upload(conn, session.id, "sample-trips.zip", content or zip_of(files))

    def _run(self) -> str:
        """Its removal, which waits for its turn."""
        asked = Asked(PackageDeed.REMOVE, self._package(), "Sample trips", "1.0.0")
        with self.site.db.write() as conn:
            return begin(conn, self.site.actor(), asked)

    def _rule(self) -> str:
        """The name of a validation rule of opportunities, made when there is none."""
        if not self.site.snapshot.of_kind("ValidationRule"):
            self.site.put_live({
                "kind": "ValidationRule", "uid": "a-rule", "name": "Opportunity.Late",
                "label": "Late", "object": "Opportunity", "active": False,
                "errorConditionFormula": "CloseDate < TODAY()", "errorMessage": "Too late.",
            })  # fmt: skip
        return "Late"

    def _combination(self) -> str:
        """The name of a unique combination of opportunities, made when there is none."""
        if not self.site.snapshot.of_kind("UniqueCombination"):
            self.site.put_live({
                "kind": "UniqueCombination", "uid": "a-combination", "name": "Opportunity.Once",
                "label": "Once", "object": "Opportunity",
                "fields": ["Name", "AccountId", "CloseDate"],
            })  # fmt: skip
        return "Once"

    def _record_types(self, name: str) -> str:
        """Opportunities get two record types and a process; the local name of one of them."""
        if not self.site.snapshot.of_kind("RecordType"):
            process = "Opportunity.Short"
            stages = [{"name": "Prospecting", "default": True}, {"name": "Closed Won"}]
            base = {"object": "Opportunity", "description": "What it is for."}
            self.site.put_live(
                {**base, "kind": "BusinessProcess", "uid": "a-process", "name": process,
                 "label": "Short sale", "values": stages},
                {**base, "kind": "RecordType", "uid": "a-type", "name": "Opportunity.Quick",
                 "label": "Quick sale", "businessProcess": process},
                {**base, "kind": "RecordType", "uid": "another-type",
                 "name": "Opportunity.Large", "label": "Large sale"},
            )  # fmt: skip
        return "Short" if name == "process_name" else "Quick"

    def _report(self, endpoint: str) -> str:
        """A seeded report: what everybody may run, only those who manage them may edit."""
        if endpoint.endswith(("dashboard", "dashboard_tile")) and "add" not in endpoint:
            return "SalesDashboard"
        return "OpportunityPipeline" if "edit" in endpoint else "QuarterlyForecastSummary"

    def _uid(self, endpoint: str) -> str:
        if "delegation" in endpoint:
            return self._delegation()
        kinds = {
            "permit_sign_in": "Profile",
            "permit_sets": "PermissionSetGroup", "permit": "PermissionSet", "role": "Role",
            "report_folder": "ReportFolder", "group": "Group", "queue": "Queue",
            "assign": "PermissionSet",
        }  # fmt: skip
        if "report_type" in endpoint:
            return self._report_type()
        kind = next(kind for word, kind in kinds.items() if word in endpoint)
        return str(self.site.snapshot.of_kind(kind)[0].uid)

    def _delegation(self) -> str:
        """The demo company delegates nothing: the group is made here."""
        if self.site.snapshot.find_uid("sample-delegation") is None:
            role = self.site.snapshot.of_kind("Role")[0].name
            self.site.put_live(
                {
                    "kind": "DelegateGroup", "uid": "sample-delegation", "name": "Desk",
                    "label": "Help desk", "roles": [role], "profiles": ["Standard"],
                }
            )  # fmt: skip
        return "sample-delegation"

    def _report_type(self) -> str:
        """The uid of a type of accounts with contacts, made when there is none."""
        if not self.site.snapshot.of_kind("ReportType"):
            join = {"name": "Contacts", "field": "Contact.AccountId", "outer": True}
            columns = [{"field": "Name", "checkedByDefault": True}, {"field": "Contacts$Email"}]
            self.site.put_live({
                "kind": "ReportType", "uid": "a-report-type", "name": "People", "label": "People",
                "object": "Account", "joins": [join],
                "sections": [{"id": "s1", "label": "Usual", "columns": columns}],
            })  # fmt: skip
        return str(self.site.snapshot.of_kind("ReportType")[0].uid)

    def _job(self) -> str:
        """The id of a deed on a list of the administrator's, that is over."""
        obj, actor = self.site.snapshot.object("Account"), self.site.actor()
        ids = [self.of("", "record_id")]
        with self.site.db.write() as conn:
            if found := kept.recent(conn, actor, everybody=False, limit=1):
                return found[0].id
            made = kept.draft(conn, actor, obj, Deed.DELETE, ids, "/o/Account")
            bulk = kept.find(conn, made)
            assert bulk is not None
            kept.end(conn, bulk, State.DONE)
        return made

    def _named(self, endpoint: str) -> str:
        if endpoint.endswith("sharing_rule"):
            return self._sharing_rule()
        kinds = {"layout": "Layout", "view": "ListView", "app": "CustomApplication",
                 "value_set": "StandardValueSet"}  # fmt: skip
        kind = next(kind for word, kind in kinds.items() if word in endpoint)
        definitions = list(self.site.snapshot.of_kind(kind))
        of_account = [one for one in definitions if getattr(one, "object", "") == "Account"]
        return str((of_account or definitions)[0].name)


#: the same as Salesforce metadata, with what does nothing here
SALESFORCE = {
    "package.xml": b"<Package/>",
    "objects/Sample_stop__c.object": b"<CustomObject><label>Stop</label></CustomObject>",
    "flows/Trip.flow": b"<Flow><label>Trip</label></Flow>",
}
#: an object of trips, as a package
SAMPLE = Package(
    Manifest("sample-trips", label="Trips"),
    (
        {"kind": "CustomObject", "uid": "sample-trip", "name": "Sample_trip__c", "label": "Trip",
         "pluralLabel": "Trips", "nameField": "Name", "sharingModel": "ReadWrite"},
        {"kind": "CustomField", "uid": "sample-trip-name", "name": "Sample_trip__c.Name",
         "label": "Trip", "type": "Text", "length": 80, "required": True},
        {"kind": "PermissionSet", "uid": "sample-traveller", "name": "Traveller",
         "label": "Traveller",
         "objectPermissions": [{"object": "Sample_trip__c", "allowRead": True}]},
    ),
)  # fmt: skip
