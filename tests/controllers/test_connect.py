"""`manage.py connect` and *Check now*, against a demo controller."""

import os
import pty
import subprocess
import sys
from contextlib import nullcontext

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dashboard.controllers.checking import check_now
from dashboard.controllers.models import Controller
from tests.controllers.people import BUILDS, add_person
from tests.factories import make_controller, make_job
from tests.servers import ROOT

pytestmark = pytest.mark.django_db
CTRL_D = "\x04"


def connect(url, user, token, tmp_path, **options):
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    call_command("connect", "eu", url, user, token_file=file, **options)
    return Controller.objects.get(name="eu")


def test_a_controller_is_connected_with_its_jobs_and_an_encrypted_token(demo, tmp_path, capsys):
    controller = connect(demo.url, demo.user, demo.token, tmp_path)
    assert controller.jobs.filter(full_name="qa/regression").exists()
    assert controller.token == demo.token
    assert demo.token not in controller.token_encrypted
    printed = capsys.readouterr()
    assert "eu is connected" in printed.out
    assert f"{demo.user} may build and configure." in printed.out
    assert demo.token not in printed.out + printed.err


def test_connecting_again_changes_the_same_controller(demo, tmp_path):
    first = make_controller(
        name="eu", refused_since=timezone.now(), unreachable_since=timezone.now()
    )
    second = connect(demo.url, demo.user, demo.token, tmp_path)
    assert first.pk == second.pk
    assert not second.is_away


@pytest.mark.parametrize(
    ("url", "token", "said"),
    [
        (None, "wrong", "the API token of .* was not accepted"),
        ("http://127.0.0.1:9/", "x", "Not connected."),
        ("ftp://127.0.0.1/", "x", "must begin with http"),
        ("http://user:hunter2@127.0.0.1/", "x", "must have no user, password"),
        ("http://127.0.0.1/ci/job/qa/", "x", "of a job. Give the root: http://127.0.0.1/ci/$"),
    ],
)
def test_nothing_is_kept_that_does_not_work(demo, tmp_path, url, token, said):
    with pytest.raises(CommandError, match=said) as error:
        connect(url or demo.url, demo.user, token, tmp_path)
    assert "hunter2" not in str(error.value)
    assert not Controller.objects.exists()


def test_a_password_is_marked_as_one(demo, tmp_path, capsys):
    user, _ = add_person(demo, *BUILDS, password="hunter2")  # noqa: S106  made up for this test
    file = tmp_path / "password"
    file.write_text("hunter2")
    call_command("connect", "eu", demo.url, user, token_file=file, password=True)
    assert Controller.objects.get(name="eu").by_password
    printed = capsys.readouterr().out
    assert "crumb fetched" in printed
    assert f"{user} may build, but not configure." in printed
    assert "hunter2" not in printed


def test_a_wrong_password_is_called_one(demo, tmp_path):
    file = tmp_path / "password"
    file.write_text("wrong")
    with pytest.raises(CommandError, match=r"the password of .* was not accepted. It is mis"):
        call_command("connect", "eu", demo.url, demo.user, token_file=file, password=True)


def test_jobs_and_runs_move_to_another_address_only_where_somebody_says_so(demo, tmp_path):
    moved = make_job(make_controller(name="eu", url="http://jenkins.example/")).controller
    with pytest.raises(CommandError, match="Say so by --yes"):
        connect(demo.url, demo.user, demo.token, tmp_path)
    moved.refresh_from_db()
    assert moved.url == "http://jenkins.example/"
    connect(demo.url, demo.user, demo.token, tmp_path, yes=True)
    moved.refresh_from_db()
    assert moved.url == demo.url


@pytest.mark.parametrize(("answer", "is_moved"), [("y\n", True), ("\n", False), (CTRL_D, False)])
def test_in_a_terminal_it_asks_before_they_move(demo, tmp_path, monkeypatch, answer, is_moved):
    moved = make_job(make_controller(name="eu", url="http://jenkins.example/")).controller
    ours, its = pty.openpty()
    os.write(ours, answer.encode())
    with os.fdopen(its) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with nullcontext() if is_moved else pytest.raises(CommandError, match="Nothing was"):
            connect(demo.url, demo.user, demo.token, tmp_path)
    os.close(ours)
    moved.refresh_from_db()
    assert (moved.url == demo.url) == is_moved


def test_a_jenkins_that_is_connected_already_is_named(demo, tmp_path, capsys):
    make_controller(name="us", url=demo.url.upper().rstrip("/"))
    connect(demo.url, demo.user, demo.token, tmp_path)
    assert "is connected as us already: its jobs appear twice" in capsys.readouterr().err
    connect(demo.url, demo.user, demo.token, tmp_path)  # the same again: nothing moves


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "^name: Give a name."),
        ("   ", "^name: Give a name."),
        ("n" * 300, "^name: This is too long"),
        ("caf\udce9", r"NAME: 'caf\\udce9' is not text in utf-8."),
    ],
)
def test_a_name_that_is_none_is_refused(demo, tmp_path, name, said):
    file = tmp_path / "token"
    file.write_text(demo.token)
    with pytest.raises(CommandError, match=said):
        call_command("connect", name, demo.url, demo.user, token_file=file)
    assert not Controller.objects.exists()


def test_spaces_around_a_name_are_none_of_it(demo, tmp_path):
    file = tmp_path / "token"
    file.write_text(demo.token)
    for name in (" eu", "eu "):
        call_command("connect", name, demo.url, demo.user, token_file=file)
    assert Controller.objects.get().name == "eu"


def test_a_missing_token_file_is_named(demo, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("connect", "eu", demo.url, demo.user, token_file=tmp_path / "none")


def test_a_token_file_that_is_no_text_is_named(demo, tmp_path):
    file = tmp_path / "token"
    file.write_bytes(b"caf\xe9")
    with pytest.raises(CommandError, match=f"{file}: not text in UTF-8"):
        call_command("connect", "eu", demo.url, demo.user, token_file=file)


@pytest.mark.parametrize(("held", "found"), [("\n", "nothing"), ("one\ntwo\n", "several lines")])
def test_a_token_file_without_one_token_changes_nothing(demo, tmp_path, held, found):
    connect(demo.url, demo.user, demo.token, tmp_path)
    file = tmp_path / "token"
    file.write_text(held)
    with pytest.raises(CommandError, match=f"{file}: {found}, where one token should be"):
        call_command("connect", "eu", demo.url, demo.user, token_file=file)
    assert Controller.objects.get().token == demo.token


@pytest.mark.parametrize(
    ("typed", "encoding", "said"),
    [
        (b"", "utf-8", "Nothing was changed."),  # Ctrl-D
        (b"\n", "utf-8", "What was typed: nothing, where one token should be"),
        (b"caf\xe9\n", "utf-8:strict", "The token: not text in UTF-8"),
        (b"caf\xe9\n", "utf-8:surrogateescape", "The token: not text in UTF-8"),  # as in C.UTF-8
    ],
)
def test_what_is_typed_and_is_no_token_changes_nothing(tmp_path, typed, encoding, said):
    database = f"sqlite:///{tmp_path / 'runboard.sqlite3'}"

    def manage(*arguments):
        """In a process without a terminal: getpass would ask there, not where a test can tell."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": database, "PYTHONIOENCODING": encoding},
            input=typed,
            start_new_session=True,
            capture_output=True,
            timeout=120,
            check=False,
        )

    assert manage("migrate").returncode == 0
    answer = manage("connect", "eu", "http://127.0.0.1:9/", "svc-qa")
    assert answer.returncode == 1
    assert answer.stderr.decode().endswith(f"CommandError: {said}\n")


def test_check_now_brings_a_controller_back_and_makes_its_sweep_due(demo):
    controller = make_controller(
        url=demo.url,
        user=demo.user,
        token=demo.token,
        unreachable_since=timezone.now(),
        refused_since=timezone.now(),
        trouble="no",
    )
    assert check_now(controller)
    assert not controller.is_away
    assert controller.trouble == ""
    assert controller.version
    assert Controller.objects.due(timezone.now()).filter(pk=controller.pk).exists()


def test_check_now_says_what_is_wrong(demo):
    controller = make_controller(url=demo.url, user=demo.user, token="wrong")  # noqa: S106  made up for this test
    assert not check_now(controller)
    assert "does not accept the user and API token (or password)" in controller.trouble
