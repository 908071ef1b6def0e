"""The tiles of a job, and builds that were not launched here. Against a demo controller."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Controller, Job
from dashboard.launching.builds import LINES_SHOWN, MOST_READ_BYTES, Tail
from dashboard.people.models import Role
from dashboard.runs.models import Run, as_datetime
from dashboard.runs.states import RunState, Verdict
from tests.demo import Demo, job_of, sweep_once, wait_until
from tests.factories import make_controller, make_job, make_run, signed_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HTMX = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>"


def make(demo: Demo, controller: Controller, name: str, shell: str, **options) -> Job:
    demo.make_job(name, shell, **options)
    sync_catalogue(controller)
    return job_of(controller, name)


def build_in_jenkins(demo: Demo, job: Job, number: int = 1) -> None:
    """Have Jenkins build ``job`` without us, and wait for the end."""
    demo.post(f"job/{job}/build?delay=0sec")

    def has_ended() -> bool:
        answer = demo.get(f"job/{job}/{number}/api/json")
        return answer.status_code == 200 and answer.json()["result"] is not None

    wait_until(has_ended)


def page_of(job: Job, path: str = "", role: Role = Role.VIEWER, status: int = 200, **query) -> str:
    answer = signed_in(role).get(f"/jobs/{job.pk}/{path}", query)
    assert answer.status_code == status
    return answer.content.decode()


def swept_page_of(job: Job) -> str:
    """The job's page after somebody has looked at it and a sweep has read its builds."""
    page_of(job)
    sweep_once(job.controller)
    return page_of(job)


def tiles_in(page: str) -> dict[str, str]:
    """The words of each tile by its name."""
    tiles = re.split(r'<span class="k">', page)[1:]
    words = [" ".join(re.sub(r"<[^>]*>|^[^>]*>", " ", tile).split()) for tile in tiles]
    names = [re.match(r"[a-z …]*", tile)[0] for tile in tiles]
    return {name: text.removeprefix(name).strip() for name, text in zip(names, words, strict=True)}


def test_tiles_that_are_being_read_keep_their_place():
    job = make_job()
    assert page_of(job).count('<span class="placeholder col-9">') == 7
    for fields in ({"gone_at": NOW}, {"builds_trouble": "Jenkins answered 500."}):
        assert "placeholder col" not in page_of(make_job(**fields))


def test_a_job_that_never_ran_has_none_yet_in_every_tile(demo, connected):
    tiles = tiles_in(swept_page_of(make(demo, connected, "tiles-none", "true")))
    assert list(tiles) == [
        "latest build",
        "last completed",
        "last stable",
        "last successful",
        "last unstable",
        "last failed",
        "last unsuccessful",
    ]
    assert all(words.startswith("none yet") for words in tiles.values())


def test_the_tiles_tell_the_last_builds_launched_here_or_not(demo, connected):
    job = make(demo, connected, "tiles-fail", "exit 1")
    build_in_jenkins(demo, job)
    build_in_jenkins(demo, job, 2)
    answer = demo.get("job/tiles-fail/2/api/json").json()
    ended = {"build_number": 2, "state": RunState.FINISHED}
    started_at = as_datetime(answer["timestamp"])
    make_run(job, **ended, verdict=Verdict.BROKE, started_at=started_at)
    make_run(job, **ended, verdict=Verdict.PASSED)  # of a job of this name that was deleted
    page = swept_page_of(job)
    tiles = tiles_in(page)
    for name in ("last completed", "last failed", "last unsuccessful"):
        assert re.match(r"Broke 2 broke, \d+ s ago", tiles[name]), tiles[name]
    for name in ("last stable", "last successful", "last unstable"):
        assert tiles[name].startswith("none yet")
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd[^>]*>([^<]*)", page))
    assert facts["Number"] == facts["Id"] == "2"
    assert facts["Queue id"] == str(answer["queueId"])
    assert facts["Timestamp"].strip() == str(answer["timestamp"])
    assert (facts["Result"], facts["Keep log"]) == ("FAILURE", "false")
    assert f"/jobs/{job.pk}/builds/2/" in page


def test_the_latest_build_is_live(demo, connected):
    job = make(demo, connected, "tiles-live", "sleep 300")
    demo.post("job/tiles-live/build?delay=0sec")
    wait_until(lambda: demo.get("job/tiles-live/1/api/json").status_code == 200)
    page = swept_page_of(job)
    assert "null" in page
    assert 'running, <span data-elapsed="words">' in page
    assert 'hx-trigger="every 1s"' in page
    demo.post("job/tiles-live/1/stop")

    def says_aborted() -> bool:
        Job.objects.filter(pk=job.pk).update(builds_read_at=None)  # two seconds have passed
        sweep_once(connected)
        return "ABORTED" in tiles_in(page_of(job))["latest build"]

    wait_until(says_aborted)


def test_the_news_of_a_job_opened_alone_lead_to_its_page():
    job = make_job()
    assert signed_in().get(f"/jobs/{job.pk}/news/")["Location"] == f"/jobs/{job.pk}/"


def test_a_poll_without_news_says_when_jenkins_was_last_read(demo, connected):
    job = make(demo, connected, "tiles-poll", "true")
    client = signed_in()
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    [seen] = re.findall(r"/news/\?seen=([\d.]+)", page)
    assert client.get(f"/jobs/{job.pk}/news/", {"seen": seen}, headers=HTMX).status_code == 204
    sweep_once(connected)
    news = client.get(f"/jobs/{job.pk}/news/", {"seen": seen}, headers=HTMX)
    assert "none yet" in news.content.decode()
    [seen] = re.findall(r"seen=([\d.]+)", news.content.decode())
    nothing = client.get(f"/jobs/{job.pk}/news/", {"seen": seen}, headers=HTMX)
    assert nothing.status_code == 204
    assert f'"job-{job.pk}"' in nothing["HX-Trigger"]


def test_a_poll_brings_new_runs_and_that_the_job_was_switched_off_in_jenkins(demo, connected):
    job = make(demo, connected, "tiles-switched", "true")
    client = signed_in()
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    [seen] = re.findall(r"/news/\?seen=([\d.]+)", page)
    run = make_run(job, state=RunState.FINISHED, verdict="passed", plan="new-here")
    demo.post("job/tiles-switched/disable")
    sweep_once(connected)
    news = client.get(f"/jobs/{job.pk}/news/", {"seen": seen}, headers=HTMX).content.decode()
    assert f'id="job-run-{run.pk}"' in news
    assert "This job is switched off in Jenkins." in news
    assert ">Off</b>" in news
    assert 'id="job-launch"' in page
    assert 'id="job-launch"' not in news


def test_builds_that_are_older_than_a_known_run_are_not_called_the_latest(demo, connected):
    job = make(demo, connected, "tiles-old", "true")
    build_in_jenkins(demo, job)
    assert "latest build" in tiles_in(swept_page_of(job))
    Job.objects.update(builds_read_at=timezone.now() - timedelta(minutes=13))
    ended = {"state": RunState.FINISHED, "verdict": Verdict.PASSED, "finished_at": timezone.now()}
    make_run(job, build_number=1, **ended)
    client = signed_in()
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "being read…" in tiles_in(page)
    assert "A run of it began or ended since" in page
    [seen] = re.findall(r"/news/\?seen=([\d.]+)&amp;old=1", page)
    sweep_once(connected)
    news = client.get(f"/jobs/{job.pk}/news/", {"seen": seen, "old": "1"}, headers=HTMX)
    assert "latest build" in tiles_in(news.content.decode())
    assert "old=1" not in news.content.decode()


def test_a_job_s_page_tells_when_nobody_follows_any_more(demo, connected):
    job = make(demo, connected, "tiles-left", "sleep 300")
    demo.post("job/tiles-left/build?delay=0sec")
    wait_until(lambda: demo.get("job/tiles-left/1/api/json").status_code == 200)
    page = swept_page_of(job)
    assert "data-since" in page
    assert "Not followed" not in page
    [seen] = re.findall(r"/news/\?seen=([\d.]+)", page)
    then = timezone.now() - timedelta(minutes=1)
    Controller.objects.update(sweep_due_at=then, lease_until=None)
    Job.objects.update(builds_read_at=then)
    make_run(job, build_number=2, started_at=timezone.now())
    news = signed_in().get(f"/jobs/{job.pk}/news/", {"seen": seen}, headers=HTMX).content.decode()
    assert "<span data-unfollowed>Not followed since" in news
    assert "data-since" not in news  # its clock stands still
    assert "latest build" in tiles_in(news)  # nobody reads it anew


@pytest.mark.parametrize(
    ("controller", "job"),
    [({"unreachable_since": NOW}, {}), ({}, {"gone_at": NOW})],
    ids=["away", "gone"],
)
def test_builds_that_nobody_reads_anew_are_not_said_to_be_read(controller, job):
    read = {"builds": {}, "builds_read_at": NOW - timedelta(minutes=5)}
    job = make_job(make_controller(**controller), **read, **job)
    make_run(job, state=RunState.FINISHED, finished_at=NOW)
    page = signed_in().get(f"/jobs/{job.pk}/").content.decode()
    assert "latest build" in tiles_in(page)
    assert "old=1" not in page


def test_a_build_that_was_read_while_it_ran_shows_how_its_run_ended_since(demo, connected):
    job = make(demo, connected, "tiles-away", "sleep 300")
    demo.post("job/tiles-away/build?delay=0sec")
    wait_until(lambda: demo.get("job/tiles-away/1/api/json").status_code == 200)
    assert "running," in tiles_in(swept_page_of(job))["latest build"]
    began = as_datetime(demo.get("job/tiles-away/1/api/json").json()["timestamp"])
    demo.post("job/tiles-away/1/stop")
    Controller.objects.update(unreachable_since=NOW)
    ended = {"finished_at": timezone.now(), "state": RunState.FINISHED, "verdict": Verdict.ABORTED}
    make_run(job, build_number=1, started_at=began, **ended)
    latest = tiles_in(page_of(job))["latest build"]
    assert re.search(r"aborted, \d+ s ago", latest), latest
    assert "running," not in latest


def test_one_request_each_while_watched_and_none_when_nobody_looks(demo, connected):
    job = make(demo, connected, "tiles-cost", "true")

    def requests_of_a_sweep() -> int:
        demo.post("demo/requests/reset")
        sweep_once(connected)
        kinds = demo.get("demo/requests").json()["kinds"]
        return sum(count for kind, count in kinds.items() if "demo/" not in kind)

    assert requests_of_a_sweep() == 2
    for _ in range(3):
        page_of(job)
    assert requests_of_a_sweep() == 3
    soon = timezone.now() + timedelta(minutes=1)
    Job.objects.filter(pk=job.pk).update(builds_read_at=soon)  # read just now
    assert requests_of_a_sweep() == 2
    connected.refresh_from_db()
    assert connected.sweep_due_at < timezone.now() + timedelta(seconds=2)
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(watched_until=now, builds_read_at=None)
    assert requests_of_a_sweep() == 2
    connected.refresh_from_db()
    assert connected.sweep_due_at > now + timedelta(seconds=5)


def test_looking_wakes_a_controller_that_rests_but_none_that_is_away():
    later = timezone.now() + timedelta(hours=1)
    rests = make_job(make_controller(sweep_due_at=later))
    away = make_job(make_controller(sweep_due_at=later, unreachable_since=timezone.now()))
    Controller.objects.update(sweep_due_at=later)
    for job in (rests, away):
        page_of(job)
        job.controller.refresh_from_db()
    assert rests.controller.sweep_due_at <= timezone.now()
    assert away.controller.sweep_due_at == later


def test_a_job_that_jenkins_does_not_show_any_more_says_so(demo, connected):
    job = make(demo, connected, "tiles-gone", "true")
    demo.post("job/tiles-gone/doDelete")
    assert "Its builds cannot be read: " in swept_page_of(job)


def test_a_build_that_was_not_launched_here_is_read_for_its_page(demo, connected):
    report = (
        f'echo \'{HOSTILE}\'; echo \'<testsuite><testcase classname="c" name="bad">'
        '<failure message="&lt;b&gt;no">trace</failure></testcase>'
        '<testcase classname="c" name="good"/></testsuite>\' > report.xml'
    )
    job = make(demo, connected, "foreign", report, junit="report.xml")
    build_in_jenkins(demo, job)
    page = page_of(job, "builds/1/")
    assert "Tests failed (1)" in page
    assert "Not launched here, and not a run." in page
    assert "&lt;b&gt;no" in page
    assert "UNSTABLE" in page
    assert "Finished: UNSTABLE" in page
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/" in page
    answer = signed_in().get(f"/jobs/{job.pk}/builds/1/console.txt")
    whole = b"".join(answer.streaming_content)
    assert whole == demo.get("job/foreign/1/consoleText").content
    assert answer["Content-Type"].startswith("text/plain")


def test_a_build_that_is_a_run_leads_to_the_run():
    run = make_run()
    answer = signed_in().get(f"/jobs/{run.job_id}/builds/{run.build_number}/")
    assert answer["Location"] == run.get_absolute_url()


@pytest.mark.parametrize("path", ["builds/99/", "builds/99/console.txt", f"builds/{10**20}/"])
def test_a_build_that_jenkins_has_not_is_not_found(connected, path):
    page = page_of(job_of(connected, "qa/nightly"), path, status=404)
    assert "could not be read" in page


@pytest.mark.parametrize("path", ["builds/1/", "builds/1/console.txt"])
def test_a_controller_that_does_not_answer_is_said(path):
    page = page_of(make_job(), path, status=502)
    assert "could not be read" in page


@pytest.mark.parametrize("text", ["12", " #12 "])
def test_the_field_opens_a_build_by_its_number(text):
    job = make_job()
    answer = signed_in().get(f"/jobs/{job.pk}/builds/open/", {"q": text})
    assert answer["Location"] == f"/jobs/{job.pk}/builds/12/"


def test_the_field_opens_what_jenkins_calls_a_last_build(demo, connected):
    job = make(demo, connected, "field-last", "true")
    build_in_jenkins(demo, job)
    for text, said in (("lastStableBuild", "Jenkins build"), ("lastFailedBuild", "has no last")):
        asked = f"/jobs/{job.pk}/builds/open/"
        answer = signed_in().get(asked, {"q": text}, follow=True)
        assert said in answer.content.decode()


@pytest.mark.parametrize("text", ["", "x", "9" * 40, "http://elsewhere/job/x/1/"])
def test_the_field_hands_all_else_to_the_search(text):
    answer = signed_in().get(f"/jobs/{make_job().pk}/builds/open/", {"q": text})
    assert answer["Location"].startswith("/search/?q=")


def test_signed_out_and_not_visible():
    hidden = make_job(make_controller(is_enabled=False))
    assert signed_in().get(f"/jobs/{hidden.pk}/news/", headers=HTMX).status_code == 404
    for path in ("builds/open/?q=1", "builds/1/", "builds/1/console.txt"):
        assert Client().get(f"/jobs/{hidden.pk}/{path}").status_code == 302
        assert signed_in().get(f"/jobs/{hidden.pk}/{path}").status_code == 404
    assert not Run.objects.exists()


def test_the_tail_of_a_console_keeps_its_numbers_whatever_the_pieces():
    lines = [b"line %d" % n for n in range(1, 2501)]
    text = b"\n".join(lines) + b"\nno end yet"
    for size in (1, 7, 100_000):
        pieces = (text[at : at + size] for at in range(0, len(text), size))
        tail = Tail.of(pieces)
        assert (tail.total_lines, tail.size_bytes) == (2501, len(text))
        assert len(tail.numbered) == LINES_SHOWN
        assert tail.numbered[0] == (1502, b"line 1502")
        assert tail.numbered[-1] == (2501, b"no end yet")


def test_the_tail_of_a_console_has_the_end_of_a_progress_bar():
    text = b"\r".join(b"progress %d" % n for n in range(100_000))
    pieces = (text[at : at + 7_000] for at in range(0, len(text), 7_000))
    assert [line.html for line in Tail.of(pieces).lines] == ["progress 99999"]


def test_a_console_that_is_too_long_is_not_read_on():
    piece = b"x" * 65_536
    taken = []

    def pieces():
        while True:
            taken.append(1)
            yield piece

    tail = Tail.of(pieces())
    assert tail.is_too_long
    assert len(taken) == MOST_READ_BYTES // len(piece) + 1
