"""Salesforce's types of components: where their files lie, and which are parts of an object.

A type that is not listed is read and written all the same: its file says its type, and its place
is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ComponentType:
    """`folder` and `suffix` make the place of a file: layouts/Account-Account Layout.layout."""

    name: str
    folder: str
    suffix: str


@dataclass(frozen=True, slots=True)
class PartType:
    """A part of an object: in an object's file an element, in source format a file of its own."""

    name: str  # "CustomField"
    element: str  # "fields"
    folder: str  # "fields"
    suffix: str  # "field"


_ROWS = """
CustomObject objects object
CustomTab tabs tab
CustomApplication applications app
Layout layouts layout
CustomLabels labels labels
GlobalValueSet globalValueSets globalValueSet
StandardValueSet standardValueSets standardValueSet
CustomObjectTranslation objectTranslations objectTranslation
Translations translations translation
GlobalValueSetTranslation globalValueSetTranslations globalValueSetTranslation
StandardValueSetTranslation standardValueSetTranslations standardValueSetTranslation
CustomMetadata customMetadata md
CustomPermission customPermissions customPermission
Profile profiles profile
PermissionSet permissionsets permissionset
PermissionSetGroup permissionsetgroups permissionsetgroup
Role roles role
Group groups group
Queue queues queue
SharingRules sharingRules sharingRules
SharingSet sharingSets sharingSet
Report reports report
ReportFolder reports reportFolder
ReportType reportTypes reportType
Dashboard dashboards dashboard
DashboardFolder dashboards dashboardFolder
EmailTemplate email email
EmailFolder email emailFolder
Letterhead letterhead letter
Document documents document
DocumentFolder documents documentFolder
QuickAction quickActions quickAction
FlexiPage flexipages flexipage
PathAssistant pathAssistants pathAssistant
Workflow workflows workflow
AssignmentRules assignmentRules assignmentRules
AutoResponseRules autoResponseRules autoResponseRules
EscalationRules escalationRules escalationRules
ApprovalProcess approvalProcesses approvalProcess
DuplicateRule duplicateRules duplicateRule
MatchingRules matchingRules matchingRule
LeadConvertSettings LeadConvertSettings LeadConvertSetting
Flow flows flow
FlowDefinition flowDefinitions flowDefinition
Settings settings settings
HomePageLayout homePageLayouts homePageLayout
HomePageComponent homePageComponents homePageComponent
CustomPageWebLink weblinks weblink
ApexClass classes cls
ApexTrigger triggers trigger
ApexPage pages page
ApexComponent components component
StaticResource staticresources resource
LightningComponentBundle lwc js
AuraDefinitionBundle aura cmp
Community communities community
CustomSite sites site
Network networks network
RemoteSiteSetting remoteSiteSettings remoteSite
CustomNotificationType notificationtypes notiftype
NavigationMenu navigationMenus navigationMenu
FeatureParameterBoolean featureParameters featureParameterBoolean
FeatureParameterInteger featureParameters featureParameterInteger
FeatureParameterDate featureParameters featureParameterDate
NamedCredential namedCredentials namedCredential
ConnectedApp connectedApps connectedApp
LightningExperienceTheme lightningExperienceThemes lightningExperienceTheme
Prompt prompts prompt
"""

TYPES: Mapping[str, ComponentType] = MappingProxyType(
    {row.split()[0]: ComponentType(*row.split()) for row in _ROWS.splitlines() if row}
)
#: the folders of types, each of which ends the part of a path that says nothing
FOLDERS = frozenset(
    {t.folder for t in TYPES.values()}
    | {"experiences", "digitalExperiences", "waveTemplates", "permissionSets", "sites", "bots"}
)
#: the types whose names have folders: "Sales/Pipeline"
FOLDERED = frozenset({"reports", "dashboards", "email", "documents"})
#: the types that are a folder of files each
BUNDLED = frozenset({"lwc", "aura", "experiences", "digitalExperiences", "waveTemplates", "bots"})
#: what says which folder of reports, dashboards, mails or documents is whose
FOLDER_TYPES: Mapping[str, str] = MappingProxyType(
    {name: t.folder for name, t in TYPES.items() if name.endswith("Folder")}
)

PARTS: Mapping[str, PartType] = MappingProxyType(
    {
        part.name: part
        for part in (
            PartType("CustomField", "fields", "fields", "field"),
            PartType("ListView", "listViews", "listViews", "listView"),
            PartType("RecordType", "recordTypes", "recordTypes", "recordType"),
            PartType("ValidationRule", "validationRules", "validationRules", "validationRule"),
            PartType("WebLink", "webLinks", "webLinks", "webLink"),
            PartType("CompactLayout", "compactLayouts", "compactLayouts", "compactLayout"),
            PartType("FieldSet", "fieldSets", "fieldSets", "fieldSet"),
            PartType(
                "BusinessProcess", "businessProcesses", "businessProcesses", "businessProcess"
            ),
            PartType("SharingReason", "sharingReasons", "sharingReasons", "sharingReason"),
            PartType("Index", "indexes", "indexes", "index"),
        )
    }
)
PARTS_BY_ELEMENT: Mapping[str, PartType] = MappingProxyType({p.element: p for p in PARTS.values()})
PARTS_BY_FOLDER: Mapping[str, PartType] = MappingProxyType({p.folder: p for p in PARTS.values()})
#: the texts of one field in one language: a file of its own in source format, else in its object's
FIELD_TEXTS, FIELD_TEXTS_ELEMENT, FIELD_TEXTS_SUFFIX = (
    "CustomFieldTranslation", "fields", "fieldTranslation",
)  # fmt: skip
