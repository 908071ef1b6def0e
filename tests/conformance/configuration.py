"""Configuration of jobs as Jenkins writes it, as small as Jenkins takes it."""

from __future__ import annotations

from xml.sax.saxutils import escape

UNSTABLE = 99  # the exit status of a shell step that makes its build UNSTABLE
CHOICES = ("staging", "production")
_STRINGS = "".join(f"<string>{choice}</string>" for choice in CHOICES)


def freestyle(
    command: str = "true",
    *parameters: str,
    after: str = "",
    label: str = "",
    token: str = "",
    quiet_s: int = 0,
    is_concurrent: bool = True,
    is_disabled: bool = False,
    description: str = "",
) -> str:
    """A freestyle job that runs ``command`` in a shell and then the steps of ``after``."""
    parts = {
        "description": escape(description),
        "properties": _defined(parameters),
        "assignedNode": label,
        "canRoam": _bool(not label),
        "disabled": _bool(is_disabled),
        "authToken": token,
        "concurrentBuild": _bool(is_concurrent),
        "quietPeriod": str(quiet_s),
        "builders": _element(
            "hudson.tasks.Shell",
            _element("command", escape(command)) + _element("unstableReturn", str(UNSTABLE)),
        ),
        "publishers": after,
    }
    return _element("project", "".join(_element(tag, inner) for tag, inner in parts.items()))


def pipeline(script: str) -> str:
    """A Pipeline job that runs a script."""
    kind = "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"
    inner = f"<script>{escape(script)}</script><sandbox>true</sandbox>"
    return _element("flow-definition", f'<definition class="{kind}">{inner}</definition>')


def parameter(kind: str, name: str, inner: str = "") -> str:
    """The definition of a parameter of one of the core kinds."""
    return _element(f"hudson.model.{kind}ParameterDefinition", f"<name>{name}</name>{inner}")


def default(value: str) -> str:
    """What a definition holds to have a default."""
    return _element("defaultValue", escape(value))


def junit(pattern: str) -> str:
    """The step that reads reports."""
    return _element("hudson.tasks.junit.JUnitResultArchiver", _element("testResults", pattern))


def archive(pattern: str) -> str:
    """The step that keeps files."""
    return _element("hudson.tasks.ArtifactArchiver", _element("artifacts", pattern))


def _defined(parameters: tuple[str, ...]) -> str:
    inner = _element("parameterDefinitions", "".join(parameters))
    return _element("hudson.model.ParametersDefinitionProperty", inner) if parameters else ""


def _element(tag: str, inner: str) -> str:
    """An element; none where there is nothing in it."""
    return f"<{tag}>{inner}</{tag}>" if inner else ""


def _bool(value: bool) -> str:
    return str(value).lower()


TEXT = parameter("String", "PLAN", default("smoke"))
CHOICE = parameter(
    "Choice",
    "Environment",
    f'<choices class="java.util.Arrays$ArrayList"><a class="string-array">{_STRINGS}</a></choices>',
)
