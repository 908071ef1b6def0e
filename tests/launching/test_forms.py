"""The launch form: every kind of parameter, and text that arrives as it was typed."""

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from dashboard.controllers.models import Controller, Job
from dashboard.launching.forms import RADIOS_MAX, TEXT_MAX_BYTES, ParametersForm, read_key

# What a browser can send: no lone CR (it sends CRLF), no NUL, no half characters
TYPED = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=("Cs",)))


def definition(name="Notes", kind="String", default="", choices=(), description=""):
    """A parameter definition as the catalogue stores it."""
    return {
        "name": name,
        "kind": f"{kind}ParameterDefinition",
        "description": description,
        "default": default,
        "choices": list(choices),
    }


def form_for(*definitions, values=None, data=None):
    job = Job(controller=Controller(name="eu"), full_name="qa/x", parameters=list(definitions))
    answers = data and {f"p-{name}": value for name, value in data.items()}
    return ParametersForm(job, values=values, data=answers)


def sent(*definitions, **data):
    """The parameters that a valid form sends."""
    form = form_for(*definitions, data=data or {"nothing": ""})
    assert form.is_valid(), form.errors
    return form.parameters()


@given(TYPED)
def test_text_arrives_as_it_was_typed(text):
    typed = text.replace("\n", "\r\n")  # as every browser sends it
    assert sent(definition(kind="Text"), Notes=typed) == {"Notes": text}
    assert sent(definition(kind="String"), Notes=text) == {"Notes": text}


@pytest.mark.parametrize("kind", ["String", "Text", "Validating"])
def test_a_hundred_kilobytes_arrive_unchanged(kind):
    text = "  é漢\t" * 20_000 + " "
    assert sent(definition(kind=kind), Notes=text) == {"Notes": text}


def test_more_than_two_megabytes_are_an_error_at_the_field():
    form = form_for(definition(kind="Text"), data={"Notes": "x" * (TEXT_MAX_BYTES + 1)})
    assert "more than 2 MB" in form.errors["Notes"][0]


@given(TYPED.filter(bool))
def test_a_parameter_may_have_any_name(name):
    assert sent(definition(name), **{name: "value"}) == {name: "value"}


@pytest.mark.parametrize("name", ["key", "csrfmiddlewaretoken", "data.csv", "Überprüfung", "a b"])
def test_names_that_could_clash_with_our_own_fields(name):
    assert sent(definition(name), **{name: "value"}) == {name: "value"}
    assert form_for(definition(name))[name].html_name == f"p-{name}"


@pytest.mark.parametrize(
    ("default", "data", "value"),
    [(True, {}, "false"), (True, {"Verbose": "on"}, "true"), (False, {"Verbose": "on"}, "true")],
)
def test_a_switch_sends_true_or_false(default, data, value):
    asked = definition("Verbose", "Boolean", default)
    assert form_for(asked)["Verbose"].value() is default
    assert sent(asked, **data) == {"Verbose": value}


@pytest.mark.parametrize(("count", "has_radios"), [(RADIOS_MAX, True), (RADIOS_MAX + 1, False)])
def test_a_choice_is_radios_up_to_five_and_a_select_beyond(count, has_radios):
    asked = definition("Environment", "Choice", choices=[f"env{n}" for n in range(count)])
    [row] = form_for(asked).rows()
    assert (row.has_radios, row.value) == (has_radios, "env0")
    assert sent(asked, Environment="env3") == {"Environment": "env3"}


@pytest.mark.parametrize("answer", ["moon", ""])
def test_a_choice_that_the_job_does_not_offer_is_an_error_at_the_field(answer):
    asked = definition("Environment", "Choice", choices=["staging", "preprod"])
    assert form_for(asked, data={"Environment": answer}).errors["Environment"]


def test_an_empty_choice_may_be_chosen():
    asked = definition("Tags", "Choice", choices=["", "slow"])
    assert sent(asked, Tags="") == {"Tags": ""}


def test_a_password_is_never_prefilled_and_goes_its_own_way():
    asked = definition("ApiKey", "Password", default=None)
    [row] = form_for(asked, values={"ApiKey": "from-a-link"}).rows()
    assert (row.value, row.is_lost) == ("", False)
    form = form_for(asked, data={"ApiKey": " s3cret "})
    assert form.is_valid()
    assert form.parameters() == {}
    assert form.secret_values() == {"ApiKey": " s3cret "}
    [row] = form.rows()
    assert (row.value, row.is_lost) == ("", True)


@pytest.mark.parametrize("kind", ["Password", "Run", "Credentials", "File"])
def test_what_is_left_empty_is_left_to_the_job(kind):
    form = form_for(definition("Thing", kind, None), data={"Thing": ""})
    assert form.is_valid()
    assert form.parameters() == {}
    assert form.secret_values() == {}


def test_a_file_cannot_be_sent_whatever_a_form_holds():
    assert sent(definition("data.csv", "File", None), **{"data.csv": "text"}) == {}


@pytest.mark.parametrize(("text", "is_right"), [("qa/regression#12", True), ("regression", False)])
def test_a_run_parameter_names_a_build(text, is_right):
    assert form_for(definition("Base", "Run"), data={"Base": text}).is_valid() is is_right


def test_a_plan_is_needed_and_has_at_most_500_characters():
    asked = definition("TestPlanName")
    assert sent(asked, TestPlanName="a b" * 166) == {"TestPlanName": "a b" * 166}
    assert form_for(asked, data={"TestPlanName": "x" * 501}).errors["TestPlanName"]


def test_spaces_around_a_plan_make_no_other_plan():
    asked = definition("TestPlanName")
    assert sent(asked, TestPlanName="  smoke test ") == {"TestPlanName": "smoke test"}
    for empty in ("", "  ", "\t"):
        form = form_for(asked, data={"TestPlanName": empty})
        assert form.errors["TestPlanName"] == ["Name the test plan to run."]


@pytest.mark.parametrize("text", ["0", "2", "10", " 3 "])
def test_reruns_take_whole_numbers(text):
    assert sent(definition("NoOfReruns"), NoOfReruns=text) == {"NoOfReruns": text.strip()}


@pytest.mark.parametrize("text", ["", "-1", "11", "1.5", "two", "1e1", "9" * 5000, "½"])
def test_other_reruns_are_an_error_at_the_field_and_stay_there(text):
    form = form_for(definition("NoOfReruns"), data={"NoOfReruns": text})
    assert form.errors["NoOfReruns"] == ["A whole number from 0 to 10, please."]
    assert form["NoOfReruns"].value() == text


def test_the_most_reruns_are_a_setting():
    with override_settings(RERUNS_MAX=3):
        assert not form_for(definition("NoOfReruns"), data={"NoOfReruns": "4"}).is_valid()


def test_reruns_start_at_the_jobs_default_or_zero():
    assert form_for(definition("NoOfReruns", default="2"))["NoOfReruns"].value() == "2"
    assert form_for(definition("NoOfReruns"))["NoOfReruns"].value() == "0"


def test_our_own_parameters_are_not_asked_for():
    asked = [definition(name) for name in ("RUNBOARD_ID", "RUNBOARD_USER", "Notes")]
    assert list(form_for(*asked).fields) == ["Notes"]
    assert sent(*asked, RUNBOARD_ID="forged", Notes="n") == {"Notes": "n"}


def test_a_plain_job_sends_no_parameters_at_all():
    assert sent() is None


def test_values_prefill_the_form_and_others_keep_the_jobs_default():
    asked = [
        definition("TestPlanName", default="smoke"),
        definition("Verbose", "Boolean", False),
        definition("Notes", "Text", "from the job"),
    ]
    form = form_for(*asked, values={"TestPlanName": "regression", "Verbose": "true"})
    shown = {row.field.label: row.value for row in form.rows()}
    assert shown == {"TestPlanName": "regression", "Verbose": "true", "Notes": "from the job"}


def test_a_value_that_is_no_longer_a_choice_gives_way_to_the_default():
    asked = definition("Environment", "Choice", "staging", ["staging", "preprod"])
    form = form_for(asked, values={"Environment": "gone"})
    assert form["Environment"].value() == "staging"
    assert form.no_longer_choices == [("Environment", "gone")]


def test_a_one_line_field_becomes_a_large_one_for_text_with_line_ends():
    for form in (
        form_for(definition(), values={"Notes": "a\nb"}),
        form_for(definition(), data={"Notes": "a\r\nb"}),
    ):
        [row] = form.rows()
        assert row.is_long
    [row] = form_for(definition()).rows()
    assert not row.is_long


def test_rows_tell_what_differs_from_the_run_to_repeat():
    asked = [definition("TestPlanName"), definition("Notes", "Text"), definition("New")]
    old = {"TestPlanName": "smoke", "Notes": "a\nb"}
    form = form_for(*asked, data={"TestPlanName": "flaky", "Notes": "a\r\nb", "New": "x"})
    changed = {row.field.label: row.is_changed for row in form.rows(old)}
    assert changed == {"TestPlanName": True, "Notes": False, "New": False}


@pytest.mark.parametrize("text", [None, "", "no-uuid", "1234"])
def test_a_malformed_key_is_no_key(text):
    assert read_key(text) is None
