"""The launch form: one field for each parameter that a job asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.utils.text import Truncator

from dashboard.controllers.models import Controller, Job
from dashboard.runs.comparing import own_parameters

TEXT_MAX_BYTES = 2_000_000  # of one value; what an agent can pass on is the job's matter
RADIOS_MAX = 5  # a choice of more is a select

SHAPES = {
    "TextParameterDefinition": "text",
    "BooleanParameterDefinition": "boolean",
    "ChoiceParameterDefinition": "choice",
    "PasswordParameterDefinition": "password",
    "NonStoredPasswordParameterDefinition": "password",
    "RunParameterDefinition": "run",
    "FileParameterDefinition": "file",
    "CredentialsParameterDefinition": "credentials",
}
SENT = "sent"  # a password
LEFT_OUT_EMPTY = {"run", "credentials", "password"}  # Jenkins then uses the job's own default


def shape_of(definition: Mapping[str, Any], controller: Controller) -> str:
    """How a parameter is asked for; a kind that we do not know is a string."""
    shape = SHAPES.get(definition["kind"], "string")
    if shape == "string" and definition["name"] == controller.plan_parameter:
        return "plan"
    if shape == "string" and definition["name"] == controller.reruns_parameter:
        return "reruns"
    return shape


def asked_of_a_person(job: Job) -> list[dict[str, Any]]:
    """The definitions of ``job`` without those that Runboard fills in itself."""
    hidden = own_parameters(job.controller)
    return [definition for definition in job.parameters if definition["name"] not in hidden]


def defines(job: Job, name: str) -> bool:
    """Whether a job defines a parameter of this name."""
    return any(definition["name"] == name for definition in job.parameters)


def read_key(text: str | None) -> UUID | None:
    """The UUID in a form's hidden field; None where it is missing or malformed."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class UnchangedText(forms.CharField):
    """Text as it was typed: nothing stripped, line ends as LF (browsers send CRLF)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value.encode()) > TEXT_MAX_BYTES:
            raise ValidationError("This is more than 2 MB: put it where the job can fetch it.")


class TrimmedText(UnchangedText):
    """A name: spaces around it are a slip, and would make it another name."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).strip()


class ParametersForm(forms.Form):
    """What a person chooses for a launch of ``job``, prefilled with ``values``.

    Field names carry the prefix ``p-``, so that a parameter may be called anything.
    """

    def __init__(
        self,
        job: Job,
        *,
        values: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix="p")
        self.job = job
        self.shapes: dict[str, str] = {}
        self.no_longer_choices: list[tuple[str, str]] = []  # (parameter, value asked for)
        for definition in asked_of_a_person(job):
            name, shape = definition["name"], shape_of(definition, job.controller)
            value = self._first_value(definition, shape, values or {})
            self.fields[name], self.shapes[name] = build_field(definition, shape, value), shape

    def _first_value(
        self, definition: Mapping[str, Any], shape: str, values: Mapping[str, str]
    ) -> str:
        """What the field shows before anybody typed: ``values``, else the job's default."""
        name, choices = definition["name"], definition.get("choices") or []
        default = default_of(definition)
        if shape in ("password", "file"):
            return ""
        if shape == "reruns" and not default:
            default = "0"
        value = values.get(name, default)
        if shape == "choice" and value not in choices:
            self.no_longer_choices.append((name, value))
            return default
        return value

    def parameters(self) -> dict[str, str] | None:
        """The valid answers as Jenkins takes them, passwords left out; None for a plain job."""
        if not self.job.parameters:
            return None
        return {
            name: text_of(self.cleaned_data[name])
            for name, shape in self.shapes.items()
            if shape not in ("password", "file")
            and not (shape in LEFT_OUT_EMPTY and self.cleaned_data[name] == "")
        }

    def secret_values(self) -> dict[str, str]:
        """The passwords that were typed."""
        passwords = [name for name, shape in self.shapes.items() if shape == "password"]
        return {name: self.cleaned_data[name] for name in passwords if self.cleaned_data[name]}

    @property
    def lost(self) -> list[str]:
        """Passwords that were typed: they are not shown again."""
        passwords = [name for name, shape in self.shapes.items() if shape == "password"]
        return [name for name in passwords if self[name].value()]

    @property
    def to_look_at(self) -> list[str]:
        """Fields that are wrong or have to be typed again, in the order of the form."""
        return [name for name in self.fields if name in self.errors or name in self.lost]

    def rows(self, old: Mapping[str, str] | None = None) -> Iterator[Row]:
        """One row for each parameter; ``old`` are the parameters of the run it repeats, with
        `SENT` for each password."""
        lost, first_wrong = self.lost, next(iter(self.to_look_at), None)
        for number, (name, shape) in enumerate(self.shapes.items()):
            typed = text_of(self[name].value()).replace("\r\n", "\n")
            yield Row(
                id=f"parameter-{number}",  # a parameter's name may hold spaces
                field=self[name],
                shape=shape,
                value="" if shape == "password" else typed,
                was=None if old is None else old.get(name, "" if shape == "password" else None),
                is_lost=name in lost,
                has_focus=name == first_wrong,
            )


@dataclass(frozen=True)
class Row:
    """A parameter on the page; ``was`` is what the run to repeat had, None where nothing.

    Of a password it is `SENT` or "": it is not kept, and whether it is the same nobody knows.
    """

    id: str
    field: forms.BoundField
    shape: str
    value: str
    was: str | None
    is_lost: bool  # a password that was typed: it is not shown again
    has_focus: bool  # the first one to look at again

    @property
    def words(self) -> str:
        """The value, short, as the list of changes names it."""
        return self._in_words(self.value)

    @property
    def words_before(self) -> str:
        """What the run to repeat had, short."""
        return self._in_words(self.was or "")

    def _in_words(self, value: str) -> str:
        if self.shape == "boolean":
            return "on" if value == "true" else "off"
        if self.shape == "password":
            return value or "the job’s default"
        return Truncator(value).chars(60) or "empty"

    @property
    def is_changed(self) -> bool:
        """Whether it now differs from the run to repeat."""
        return self.was is not None and self.value != self.was

    @property
    def is_long(self) -> bool:
        """Whether it needs several lines; a one-line field would drop line ends."""
        return self.shape == "text" or "\n" in self.value or "\n" in (self.was or "")

    @property
    def has_hint(self) -> bool:
        """Whether a text under it says more; a switch has its text beside it."""
        explained = self.shape in ("password", "reruns", "run")
        return self.shape != "boolean" and (explained or bool(self.field.help_text))

    @property
    def has_radios(self) -> bool:
        """Whether its choices stand side by side."""
        return isinstance(self.field.field.widget, forms.RadioSelect)


def default_of(definition: Mapping[str, Any]) -> str:
    """What a job takes where nobody chooses: its default, else the first of its choices."""
    choices = definition.get("choices") or []
    return text_of(definition.get("default")) or (choices[0] if choices else "")


def text_of(value: Any) -> str:
    """A value as Jenkins takes it: booleans in lower case, nothing as ""."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def build_field(definition: Mapping[str, Any], shape: str, value: str) -> forms.Field:
    """The field of one parameter, showing ``value``."""
    common: dict[str, Any] = {
        "label": definition["name"],
        "help_text": definition.get("description") or "",
        "required": False,
        "initial": value,
    }
    match shape:
        case "boolean":
            common["initial"] = value.lower() == "true"
            return forms.BooleanField(**common)
        case "choice":
            return _choice(definition.get("choices") or [], common)
        case "plan":
            common["required"] = True
            missing = {"required": "Name the test plan to run."}
            longest = MaxLengthValidator(500)
            return TrimmedText(**common, validators=[longest], error_messages=missing)
        case "reruns":
            return _reruns(common)
        case "file":
            return forms.CharField(**common, disabled=True)
        case "run":
            a_build = RegexValidator(r".#\d+\Z", "Name a build as job#number, like qa/nightly#12.")
            return UnchangedText(**common, validators=[a_build])
        case _:
            return UnchangedText(**common)


def _choice(choices: list[str], common: dict[str, Any]) -> forms.Field:
    common["required"] = "" not in choices
    wrong = {
        "required": "Choose one.",
        "invalid_choice": "“%(value)s” is not a choice of this job (any more).",
    }
    named = [(choice, choice or "(empty)") for choice in choices]
    widget = forms.RadioSelect if len(choices) <= RADIOS_MAX else forms.Select
    return forms.ChoiceField(**common, choices=named, widget=widget, error_messages=wrong)


def _reruns(common: dict[str, Any]) -> forms.Field:
    common["required"] = True
    sentence = f"A whole number from 0 to {settings.RERUNS_MAX}, please."
    return forms.IntegerField(
        **common,
        min_value=0,
        max_value=settings.RERUNS_MAX,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
    )
