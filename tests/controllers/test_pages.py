"""What everybody reads about controllers, and the banner while one is away."""

from __future__ import annotations

import html
import re
import threading

import pytest
from django.utils import timezone

from dashboard.controllers.connecting import note_answer
from dashboard.controllers.models import Controller
from dashboard.controllers.waiting import MOST_THREADS, ask_now
from dashboard.people.models import Role
from jenkins_api import NotSent
from tests.factories import make_controller, signed_in

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def away(**fields):
    return make_controller(
        unreachable_since=timezone.now(), trouble="lab was not reached: no route", **fields
    )


def test_facts_of_a_controller():
    controller = make_controller(
        name="lab",
        answered_at=timezone.now(),
        answered_in_s=0.25,
        executors_total=4,
        executors_busy=3,
        queue_length=2,
        may_build=True,
        may_configure=False,
        mode="EXCLUSIVE",
        nodes=[
            {"name": "farm", "labels": ["a", "b"], "is_offline": True, "offline_reason": HOSTILE}
        ],
    )
    page = signed_in(Role.VIEWER).get(f"/controllers/{controller.pk}/")
    said = text(page)
    for fact in ("0.25 s", "3 of 4", "EXCLUSIVE", "Jenkins 2.528.2", "a, b", "Answers"):
        assert fact in said
    assert "build allowed cancel not known configure not allowed" in said
    assert "svc-qa lacks Job/Configure on lab." in said
    assert HOSTILE not in page.content.decode()
    assert f"/controllers/{controller.pk}/check/" not in page.content.decode()


def test_the_list_says_which_are_away_and_an_admin_may_act():
    away(name="lab")
    make_controller(name="eu", answered_at=timezone.now())
    said = text(signed_in(Role.ADMIN).get("/controllers/"))
    assert "1 of 2 is away" in said
    assert "lab was not reached: no route" in said
    assert "Connect a controller" in said
    assert "Connect a controller" not in text(signed_in(Role.LEAD).get("/controllers/"))


def test_without_controllers_it_says_what_to_do_next():
    assert "Ask an admin to connect one." in text(signed_in().get("/controllers/"))
    assert "Connect one: you need its address" in text(signed_in(Role.ADMIN).get("/controllers/"))


def test_the_profile_promises_an_admin_only_what_has_a_page():
    said = text(signed_in(Role.ADMIN).get("/profile/"))
    assert "controllers and the switches and settings of jobs included." in said
    assert "People and their roles have no page yet." in said


@pytest.mark.parametrize("path", ["/", "/jobs/", "/history/", "/profile/", "/controllers/"])
def test_a_banner_on_every_page_while_a_controller_is_away(path):
    controller = away(name="lab")
    page = signed_in(Role.TESTER).get(path)
    banner = page.content.decode().partition('<section id="away"')[2].partition("<main")[0]
    assert "is not reachable since" in banner
    assert controller.trouble in banner
    assert f'href="/controllers/{controller.pk}/"' in banner
    assert f'formaction="/controllers/{controller.pk}/check/"' in banner
    Controller.objects.update(unreachable_since=None)
    assert "is not reachable" not in text(signed_in().get(path))


def test_several_that_are_away_take_one_line_that_leads_to_them_all():
    away(name="attic")
    away(name="lab")
    make_controller(name="eu")
    page = signed_in(Role.TESTER).get("/history/")
    banner = page.content.decode().partition('<section id="away"')[2].partition("<main")[0]
    assert banner.count("rb-sum") == 1
    assert "2 of 3 controllers</a> are away:</b> attic, lab" in banner
    assert 'href="/controllers/"' in banner


def test_the_banner_gives_way_to_a_page_s_own_words_only_where_one_is_away():
    away(name="attic")
    assert "data-only" in signed_in().get("/history/").text
    away(name="lab")
    assert "data-only" not in signed_in().get("/history/").text


def test_a_viewer_sees_check_now_disabled_with_the_reason():
    controller = away(name="lab")
    for path in ("/", "/controllers/", f"/controllers/{controller.pk}/"):
        page = signed_in(Role.VIEWER).get(path).content.decode()
        assert 'aria-label="Check now: lab. You may look, but not ask' in page
        assert "/check/" not in page
        assert 'id="check-now"' not in page


def test_a_failed_check_says_that_it_is_older_once_the_controller_answers():
    step = {"said": "503", "outcome": "failed", "advice": "", "took_s": 0.0034}
    controller = away(check_steps=[step], checked_at=timezone.now())
    path = f"/controllers/{controller.pk}/"
    assert "It answers since;" not in text(signed_in().get(path))
    assert "< 0.01 s" in html.unescape(text(signed_in().get(path)))
    note_answer(controller)
    assert "It answers since;" in text(signed_in().get(path))


def test_every_other_page_asks_for_lamps_and_banner():
    controller, client = away(name="lab"), signed_in()
    for page in ("/jobs/", "/history/", "/controllers/", "/profile/"):
        html = client.get(page).content.decode()
        assert 'data-poll="lamps" hx-get="/controllers/lamps/"' in html
    assert 'data-poll="lamps"' not in client.get("/").content.decode()
    news = client.get("/controllers/lamps/").content.decode()
    assert 'id="lamps" hx-swap-oob="true"' in news
    assert "is not reachable since" in news
    Controller.objects.filter(pk=controller.pk).update(unreachable_since=None)
    assert "is not reachable since" not in text(client.get("/controllers/lamps/"))


def test_the_boards_poll_brings_the_banner_and_takes_it_away():
    controller, client = away(name="lab"), signed_in()
    assert "is not reachable since" in text(client.get("/board/"))
    Controller.objects.update(unreachable_since=None)
    Controller.objects.all().bump_news()
    page = client.get("/board/").content.decode()
    assert '<section id="away"' in page
    assert controller.trouble not in page


def test_the_jobs_are_read_by_a_worker():
    controller = make_controller()
    Controller.objects.update(catalogue_due_at=timezone.now() + timezone.timedelta(hours=1))
    client = signed_in(Role.ADMIN)
    client.post(f"/controllers/{controller.pk}/read-jobs/")
    assert Controller.objects.catalogue_due(timezone.now()).exists()
    assert f"A worker reads the jobs of {controller} now." in text(client.get("/jobs/"))
    Controller.objects.update(unreachable_since=timezone.now())
    client.post(f"/controllers/{controller.pk}/read-jobs/")
    assert f"as soon as {controller} answers again" in text(client.get("/jobs/"))


def test_one_too_many_who_wait_are_told_at_once_and_nothing_is_asked(connected):
    inside, leave = threading.Barrier(MOST_THREADS + 1), threading.Event()

    def wait() -> None:
        with ask_now(connected):
            inside.wait(10)
            leave.wait(10)

    others = [threading.Thread(target=wait) for _ in range(MOST_THREADS)]
    for each in others:
        each.start()
    inside.wait(10)
    admin = signed_in(Role.ADMIN)
    busy = admin.post(f"/controllers/{connected.pk}/check/")
    with pytest.raises(NotSent, match="Others wait"), ask_now(connected):
        pass
    leave.set()
    for each in others:
        each.join()
    assert busy.status_code == 503
    assert "Others wait for a controller just now" in text(busy)
    connected.refresh_from_db()
    assert connected.checked_at is None
    assert admin.post(f"/controllers/{connected.pk}/check/").status_code == 303
