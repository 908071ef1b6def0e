"""Names of jobs, addresses, and values on their way to Jenkins."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jenkins_api import Jenkins, full_name_from_url, job_path
from jenkins_api.paths import queue_id_from_location, split_job_url
from tests.demo_jenkins.server import Server, freestyle
from tests.jenkins_api.raw_server import SIGNED_IN, reply

REFUSED = "?*/\\!@#$^&|<>[]:;"  # by Jenkins.checkGoodName; % is in names of branches
NAMES = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=REFUSED), min_size=1)
    .map(str.strip)
    .filter(lambda name: name.strip(". ") != "")
)
FULL_NAMES = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
VALUES = st.text(st.characters(exclude_categories=["Cs"]))
# What one may call a new job: no % and no dot at its end, and short enough for a folder on disk
NEW_NAMES = NAMES.filter(
    lambda name: "%" not in name and not name.endswith(".") and len(name.encode()) < 200
)
TEXTS = VALUES.map(lambda text: text.replace("\0", ""))  # no environment holds a NUL


@pytest.mark.parametrize(
    ("full_name", "path"),
    [
        ("smoke", "/job/smoke"),
        ("qa/my job", "/job/qa/job/my%20job"),
        ("qa/feature%2Fx", "/job/qa/job/feature%252Fx"),
        ("prüfung/日本", "/job/pr%C3%BCfung/job/%E6%97%A5%E6%9C%AC"),
        ("job/job", "/job/job/job/job"),
    ],
)
def test_paths_of_known_names(full_name, path):
    assert job_path(full_name) == path
    assert full_name_from_url(f"https://other.example:8443/ci{path}/") == full_name
    assert split_job_url(f"{path[1:]}/12/") == (full_name, 12)


@pytest.mark.parametrize(
    "url",
    [
        "https://ci/view/all/job/qa/view/Nightly/job/smoke/12/",
        "job/qa/view/a/view/job/job/smoke/12",
        "/view/job/job/qa/job/smoke/12/",
    ],
)
def test_a_way_through_views_leads_to_the_same(url):
    assert split_job_url(url) == ("qa/smoke", 12)


@pytest.mark.parametrize("name", ["", "/", "a//b", "..", "a/../b", ".", "/a", "a/"])
def test_what_would_lead_elsewhere_is_no_name(name):
    with pytest.raises(ValueError, match="not the full name"):
        job_path(name)


@pytest.mark.parametrize(
    "url", ["", "/", "http://ci/view/all/", "/job/m/axis=1/", "/job/m/axis=1/5/", "http://[x/job/a"]
)
def test_other_addresses_speak_of_no_job(url):
    assert split_job_url(url) is None


@given(full_name=FULL_NAMES)
def test_any_name_comes_back_from_its_address(full_name):
    assert full_name_from_url(f"http://ci.example/jenkins{job_path(full_name)}/") == full_name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(full_name=FULL_NAMES, values=st.dictionaries(st.text("aZ_9é", min_size=1), VALUES))
def test_any_name_and_any_value_arrive_unchanged(raw_launches, full_name, values):
    server, client = raw_launches
    client.start_build(full_name, values)
    head, _, body = server.requests[-1].partition(b"\r\n\r\n")
    path = urlsplit(head.split(b" ")[1].decode()).path
    assert full_name_from_url(path.removesuffix("/buildWithParameters")) == full_name
    assert dict(parse_qsl(body.decode(), keep_blank_values=True)) == values


@pytest.fixture(scope="module")
def demo_of_names(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("names") / "home").start()
    yield server
    server.stop()


def build_with(server, name, text):
    """Launch a new job with ``text``; its build, and the checksum of what its shell was given."""
    shell = 'set +x; printf %s "$TEXT" | sha256sum'
    server.make_job(name, freestyle(shell, "TEXT"))
    with Jenkins(server.url, user=server.user, token=server.token) as client:
        queue_id = client.start_build(name, {"TEXT": text}).queue_id
        server.ended(server.started(queue_id))
        build = client.build(name, 1)
        console = client.console(name, 1).text.decode()
    server.post(f"{job_path(name)}/doDelete")
    return build, console


@settings(max_examples=20)
@example(name="prüfung 日本", text="ü/&%+= \r\n\"'$(x)\n" * 5_880)  # 100 kB
@given(name=NEW_NAMES, text=TEXTS)
def test_any_job_and_any_text_arrive_unchanged_in_a_build(demo_of_names, name, text):
    build, console = build_with(demo_of_names, name, text)
    assert build.parameters == {"TEXT": text}
    assert f"\n{sha256(text.encode()).hexdigest()}  -\n" in console


def test_two_megabytes_are_in_jenkinss_record(demo_of_names):
    text = "ü/%\n" * 400_000
    build, console = build_with(demo_of_names, "2 MB", text)
    assert build.parameters == {"TEXT": text}
    assert "Argument list too long" in console  # more than any process can be given


@pytest.fixture
def raw_launches(raw):
    server = raw(reply(201, b"", "Location: /queue/item/1/"))
    return server, Jenkins(server.url, **SIGNED_IN)


@pytest.mark.parametrize(
    ("location", "queue_id"),
    [
        ("http://ci.example/queue/item/34/", 34),
        ("/jenkins/queue/item/34", 34),
        ("/queue/item/", None),
        ("/queue/item/34/api", None),
        ("/queue/item/" + "9" * 30, None),
        ("", None),
    ],
)
def test_queue_ids(location, queue_id):
    assert queue_id_from_location(location) == queue_id
