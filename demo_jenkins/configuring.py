"""Jobs as Jenkins's own configuration XML describes them (``config.xml``)."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from demo_jenkins.parameters import ParameterDefinition

FOLDER_TAG = "com.cloudbees.hudson.plugins.folder.Folder"
# Folders whose content Jenkins finds in a repository; unlike plain ones they can be disabled
COMPUTED_TAGS = (
    "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
    "jenkins.branch.OrganizationFolder",
)
FOLDER_TAGS = (FOLDER_TAG, *COMPUTED_TAGS)
MATRIX_TAG = "matrix-project"
PIPELINE_TAG = "flow-definition"
_ONE_AT_A_TIME = (
    "properties/org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty"
)
_PARAMETERS = "properties/hudson.model.ParametersDefinitionProperty/parameterDefinitions"


class BadConfiguration(ValueError):
    """The XML is broken or describes a kind of item that does not exist here."""


@dataclass(frozen=True)
class JUnitStep:
    """The step after a build that reads its JUnit reports."""

    pattern: str  # file names below the workspace, with * and **
    allow_empty: bool = False


@dataclass(frozen=True)
class Axis:
    """What a matrix job varies: its commands run once for each value."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class JobConfig:
    """What the configuration of a freestyle, matrix or Pipeline job says."""

    description: str | None = None
    parameters: tuple[ParameterDefinition, ...] = ()
    commands: tuple[str, ...] = ()
    junit: JUnitStep | None = None
    artifacts: str | None = None  # file names to keep, as for JUnit reports
    unstable_status: int | None = None  # exit status of a command that means UNSTABLE
    label: str | None = None
    is_concurrent: bool = False
    is_disabled: bool = False
    quiet_period_s: int | None = None
    trigger_token: str | None = None
    script: str | None = None  # of a Pipeline job; None: another kind
    axis: Axis | None = None  # of a matrix job


def parse_xml(xml: bytes) -> Element:
    """Read configuration XML; Jenkins writes version 1.1, which the parser here does not know."""
    readable = re.sub(rb"""^\s*<\?xml version=["']1.1["']""", b'<?xml version="1.0"', xml)
    try:
        return ElementTree.fromstring(readable)  # noqa: S314 comes from whoever may configure
    except ElementTree.ParseError as error:
        raise BadConfiguration(str(error)) from error


def job_config(root: Element) -> JobConfig:
    """A job's configuration from its XML."""
    if root.tag not in ("project", MATRIX_TAG, PIPELINE_TAG):
        raise BadConfiguration(f"no such kind of item: {root.tag}")
    is_pipeline = root.tag == PIPELINE_TAG
    is_exclusive = root.find(_ONE_AT_A_TIME) is not None
    quiet = root.findtext("quietPeriod")
    return JobConfig(
        description=root.findtext("description") or None,
        parameters=tuple(_definition(element) for element in root.findall(f"{_PARAMETERS}/*")),
        commands=tuple(
            step.findtext("command") or "" for step in root.findall("builders/hudson.tasks.Shell")
        ),
        junit=_junit(root.find("publishers/hudson.tasks.junit.JUnitResultArchiver")),
        artifacts=root.findtext("publishers/hudson.tasks.ArtifactArchiver/artifacts"),
        unstable_status=int(root.findtext("builders/hudson.tasks.Shell/unstableReturn") or 0)
        or None,
        label=root.findtext("assignedNode") or None,
        is_concurrent=not is_exclusive if is_pipeline else is_true(root, "concurrentBuild"),
        is_disabled=is_true(root, "disabled"),
        quiet_period_s=int(quiet) if quiet else None,
        trigger_token=root.findtext("authToken") or None,
        axis=_axis(root.find("axes/*")) if root.tag == MATRIX_TAG else None,
        script=root.findtext("definition/script", "") if is_pipeline else None,
    )


def new_folder() -> Element:
    """The configuration of a plain folder."""
    return Element(FOLDER_TAG)


def is_true(root: Element, tag: str) -> bool:
    """Whether a direct child of the configuration says ``true``."""
    return root.findtext(tag, "").strip() == "true"


def set_text(root: Element, tag: str, text: str) -> None:
    """Give a direct child of the configuration a new text."""
    child = root.find(tag)
    if child is None:
        child = ElementTree.SubElement(root, tag)
    child.text = text


def to_xml(root: Element) -> bytes:
    """The configuration as a file has it."""
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _junit(element: Element | None) -> JUnitStep | None:
    if element is None:
        return None
    return JUnitStep(element.findtext("testResults") or "", is_true(element, "allowEmptyResults"))


def _axis(element: Element | None) -> Axis:
    if element is None:
        raise BadConfiguration("a matrix job without an axis")
    values = tuple(value.text or "" for value in element.findall("values/string"))
    return Axis(element.findtext("name") or "", values)


def _definition(element: Element) -> ParameterDefinition:
    package, _, name = element.tag.rpartition(".")
    kind = name.removesuffix("ParameterDefinition")
    default: str | bool | None = element.findtext("defaultValue", "")
    if kind == "Boolean":
        default = default == "true"
    elif kind in ("Choice", "Run", "File"):
        default = None
    return ParameterDefinition(
        kind=kind,
        name=element.findtext("name") or "",
        description=element.findtext("description") or None,
        default=default,
        choices=tuple(choice.text or "" for choice in element.findall("choices//string")),
        trim=is_true(element, "trim"),
        project=element.findtext("projectName") or "",
        run_filter=element.findtext("filter") or "ALL",
        package=package,
    )
