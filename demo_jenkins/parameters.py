"""Parameters of jobs: their definitions, and values made from a submitted form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from demo_jenkins.exporting import ANYWHERE, Bean

CORE = "hudson.model"
Form = Mapping[str, Sequence[str]]


class BadParameter(ValueError):
    """A value that Jenkins answers with an exception page (500)."""


@dataclass(frozen=True)
class ParameterValue:
    """A value on a queue item or build. Equal sets of these fold into one queue item."""

    kind: str  # String, Text, Boolean, Password, Run, File ...
    name: str
    value: str | bool | None
    package: str = CORE  # Java package of its class
    content: bytes | None = field(default=None, repr=False)  # of a file

    @property
    def is_shown(self) -> bool:
        """Whether its value is exported."""
        return self.kind not in ("Password", "File")

    @property
    def is_secret(self) -> bool:
        """Whether the value must never be shown or written into a build's record."""
        return self.kind == "Password"

    @property
    def as_text(self) -> str:
        """The value as a build's environment has it."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return self.value or ""

    def without_secret(self) -> "ParameterValue":
        """The value as it may be kept once its build has ended."""
        return replace(self, value=None) if self.is_secret else self


@dataclass(frozen=True)
class ParameterDefinition:
    """One parameter of a job, as its configuration defines it."""

    kind: str  # String, Text, Boolean, Choice, Password, Run, File ...
    name: str
    description: str | None = None
    default: str | bool | None = None
    choices: tuple[str, ...] = ()
    trim: bool = False
    project: str = ""  # Run only
    run_filter: str = "ALL"  # Run only
    package: str = CORE  # Java package of its class

    def value_from(self, text: str) -> ParameterValue:
        """What a submitted text means; raise BadParameter for a choice that is none."""
        if self.kind == "Boolean":
            return ParameterValue("Boolean", self.name, text.lower() == "true")
        if self.kind == "Choice":
            if text not in self.choices:
                raise BadParameter(f"Illegal choice for parameter {self.name}")
            return ParameterValue("String", self.name, text)
        value = text.strip() if self.trim else text
        return ParameterValue(self.kind, self.name, value, self.package)

    def default_value(self) -> ParameterValue | None:
        """The value of a build that does not say, or None where there is no default."""
        if self.kind == "Choice":
            return ParameterValue("String", self.name, self.default or next(iter(self.choices), ""))
        if self.default is None:
            return None
        return ParameterValue(self.kind, self.name, self.default, self.package)


def values_from(
    definitions: Iterable[ParameterDefinition], form: Form, files: Mapping[str, bytes]
) -> list[ParameterValue]:
    """Values for a build: as submitted, else the default. Unknown names are ignored."""
    values = []
    for definition in definitions:
        given = form.get(definition.name, ())
        if len(given) > 1:
            raise BadParameter(f"{definition.name} was given twice")
        value = definition.value_from(given[0]) if given else definition.default_value()
        if value is not None:
            values.append(replace(value, content=files.get(value.name)))
    return values


def parameters_text(values: Iterable[ParameterValue]) -> str:
    """The ``params`` of a queue item: a line for each, secrets masked."""
    return "".join(f"\n{v.name}={'****' if v.is_secret else v.as_text}" for v in values)


def to_record(values: Iterable[ParameterValue], *, secrets: bool) -> list[dict[str, object]]:
    """Values as JSON; without secrets a password's value is left empty."""
    kept = (value if secrets else value.without_secret() for value in values)
    return [asdict(replace(value, content=None)) for value in kept]


def from_record(record: Iterable[Mapping[str, object]]) -> list[ParameterValue]:
    """Values read back from JSON."""
    values = []
    for entry in record:
        value = entry["value"]
        known = value if isinstance(value, str | bool) else None
        kind, name, package = str(entry["kind"]), str(entry["name"]), str(entry["package"])
        values.append(ParameterValue(kind, name, known, package))
    return values


def value_bean(value: ParameterValue) -> Bean:
    """What a build or queue item shows of a value: never a password's."""
    fields: dict[str, object] = {"name": value.name}
    if value.kind == "Run":
        fields["jobName"], _, fields["number"] = value.as_text.rpartition("#")
    elif value.is_shown:
        fields["value"] = value.value
    class_name = f"{value.package}.{value.kind}ParameterValue"
    return Bean(class_name, fields, {"name": 3}, default_visibility=4)


def values_bean(values: Sequence[ParameterValue]) -> Bean:
    """The action that carries the parameters of a build or queue item."""
    parameters = [value_bean(value) for value in values]
    return Bean("hudson.model.ParametersAction", {"parameters": parameters}, default_visibility=2)


def definitions_bean(definitions: Sequence[ParameterDefinition]) -> Bean:
    """The job property that lists its parameter definitions."""
    shown = [_definition_bean(definition) for definition in definitions]
    fields = {"parameterDefinitions": shown}
    return Bean("hudson.model.ParametersDefinitionProperty", fields, default_visibility=2)


def _definition_bean(definition: ParameterDefinition) -> Bean:
    default = definition.default_value()
    fields: dict[str, object] = {
        "defaultParameterValue": value_bean(default) if default else None,
        "description": definition.description,
        "name": definition.name,
        "type": f"{definition.kind}ParameterDefinition",
    }
    if definition.kind == "Choice":
        fields["choices"] = list(definition.choices)
    if definition.kind == "Run":
        fields |= {"filter": definition.run_filter, "projectName": definition.project}
    class_name = f"{definition.package}.{definition.kind}ParameterDefinition"
    return Bean(class_name, fields, default_visibility=ANYWHERE)
