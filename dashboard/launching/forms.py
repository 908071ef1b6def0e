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
        return super().to_python(value).replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value.encode()) > TEXT_MAX_BYTES:
            raise ValidationError("This is more than 2 MB: put it where the job can fetch it.")


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
        super().__init__(data, prefix="p", use_required_attribute=False)
        self.job = job
        self.shapes: dict[str, str] = {}
        self.no_longer_choices: list[tuple[str, str]] = []  # (parameter, value asked for)
        for number, definition in enumerate(asked_of_a_person(job)):
            name, shape = definition["name"], shape_of(definition, job.controller)
            value = self._first_value(definition, shape, values or {})
            if data is not None:
                value = data.get(self.add_prefix(name), value)
            field = build_field(definition, shape, value)
            field.widget.attrs["id"] = f"parameter-{number}"  # a name may hold spaces
            self.fields[name], self.shapes[name] = field, shape

    def _first_value(
        self, definition: Mapping[str, Any], shape: str, values: Mapping[str, str]
    ) -> str:
        """What the field shows before anybody typed: ``values``, else the job's default."""
        name, choices = definition["name"], definition.get("choices") or []
        default = text_of(definition.get("default")) or (choices[0] if choices else "")
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
    def has_passwords(self) -> bool:
        """Whether it asks for something that is never prefilled."""
        return "password" in self.shapes.values()

    def rows(self, old: Mapping[str, str] | None = None) -> Iterator[Row]:
        """One row for each parameter; ``old`` are the parameters of the run it repeats."""
        for name, shape in self.shapes.items():
            bound = self[name]
            yield Row(bound, shape, text_of(bound.value()), None if old is None else old.get(name))


@dataclass(frozen=True)
class Row:
    """A parameter on the page: its field, and what it was in the run to repeat."""

    field: forms.BoundField
    shape: str
    value: str
    was: str | None

    @property
    def is_changed(self) -> bool:
        """Whether it now differs from the run to repeat."""
        return self.was is not None and self.value.replace("\r\n", "\n") != self.was

    @property
    def is_lost(self) -> bool:
        """Whether a password was typed and is not shown again."""
        return self.shape == "password" and bool(self.value)

    @property
    def has_radios(self) -> bool:
        return isinstance(self.field.field.widget, forms.RadioSelect)

    @property
    def described_by(self) -> str:
        """Ids of the texts that explain the field, for ``aria-describedby``."""
        return f"{self.field.id_for_label}-hint {self.field.id_for_label}-error"


def text_of(value: Any) -> str:
    """A value as Jenkins takes it: booleans in lower case, nothing as ""."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def build_field(definition: Mapping[str, Any], shape: str, value: str) -> forms.Field:
    """The field of one parameter, showing ``value``."""
    common = {
        "label": definition["name"],
        "help_text": definition.get("description") or "",
        "required": False,
        "initial": value,
    }
    match shape:
        case "boolean":
            return forms.BooleanField(**{**common, "initial": value.lower() == "true"})
        case "choice":
            return _choice(definition.get("choices") or [], common)
        case "plan":
            common["required"] = True
            missing = {"required": "Name the test plan to run."}
            # No max_length: it would make the browser cut what is pasted, without a word
            return UnchangedText(
                **common, validators=[MaxLengthValidator(500)], error_messages=missing
            )
        case "reruns":
            return _reruns(common)
        case "password":
            widget = forms.PasswordInput(attrs={"autocomplete": "off"})
            return UnchangedText(**common, widget=widget)
        case "file":
            return forms.CharField(**common, disabled=True)
        case "run":
            a_build = RegexValidator(r".#\d+\Z", "Name a build as job#number, like qa/nightly#12.")
            return UnchangedText(**common, validators=[a_build])
        case _:
            # A one-line field would drop line ends that the value already has
            is_long = shape == "text" or "\n" in value
            return UnchangedText(**common, widget=forms.Textarea if is_long else forms.TextInput)


def _choice(choices: list[str], common: dict[str, Any]) -> forms.Field:
    widget = forms.RadioSelect if len(choices) <= RADIOS_MAX else forms.Select
    common["required"] = "" not in choices
    wrong = {
        "required": "Choose one.",
        "invalid_choice": "“%(value)s” is not a choice of this job (any more).",
    }
    return forms.ChoiceField(
        **common,
        choices=[(choice, choice or "(empty)") for choice in choices],
        widget=widget,
        error_messages=wrong,
    )


def _reruns(common: dict[str, Any]) -> forms.Field:
    """Whole numbers only. A text field, since a number field forgets what is no number."""
    sentence = f"A whole number from 0 to {settings.RERUNS_MAX}, please."
    common["required"] = True
    return forms.IntegerField(
        **common,
        min_value=0,
        max_value=settings.RERUNS_MAX,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
    )
