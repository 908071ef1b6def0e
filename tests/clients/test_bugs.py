"""Where a client cannot, by its own fault: Jenkins answers like this, and the client trips.

Each test shows the fault and fails once the client is mended.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import jenkins  # type: ignore[import-untyped] # of python-jenkins, which ships no types
import pytest
import requests

from tests.clients.conftest import JOB
from tests.clients.drivers import Api4Jenkins, JenkinsApi, PythonJenkins
from tests.demo_jenkins.server import Server, freestyle, string_parameter

LONG = {"PLAN": "x" * 20_000}


def waiting(server: Server) -> list[str]:
    """The parameters of what waits, the newest launch last."""
    items = server.json("queue/api/json?tree=items[id,params]")["items"]
    return [item["params"] for item in sorted(items, key=lambda item: int(item["id"]))]


class TestPythonJenkins:
    """No numbered thread of its tracker is known."""

    @pytest.fixture
    def client(self, server: Server) -> Iterator[PythonJenkins]:
        driver = PythonJenkins(server.url, server.user, server.token)
        yield driver
        driver.close()

    def test_parameters_go_into_the_address_which_has_a_limit(self, client: PythonJenkins) -> None:
        with pytest.raises(requests.HTTPError, match="414"):
            client.launch(JOB, LONG)

    def test_it_follows_the_303_of_a_folded_launch_and_misses_the_item(
        self, client: PythonJenkins, server: Server
    ) -> None:
        first = client.launch("patient", {"PLAN": "folded"})
        with pytest.raises(jenkins.EmptyResponseException, match="'Location' not found"):
            client.launch("patient", {"PLAN": "folded"})
        assert waiting(server) == ["\nPLAN=folded"]  # it was taken
        client.cancel(first)


class TestApi4Jenkins:
    """joelee2012/api4jenkins."""

    @pytest.fixture
    def client(self, server: Server) -> Iterator[Api4Jenkins]:
        driver = Api4Jenkins(server.url, server.user, server.token)
        yield driver
        driver.close()

    def test_an_item_that_left_without_a_build_is_a_type_error(self, client: Api4Jenkins) -> None:
        """Thread #107 (and #16)."""
        item = client.launch("patient", {"PLAN": "left"})
        item.cancel()
        with pytest.raises(TypeError):
            item.get_build()

    def test_a_400_of_the_container_is_a_key_error(self, client: Api4Jenkins) -> None:
        """It reads X-Error, which only Jenkins's own pages have."""
        with pytest.raises(KeyError, match="X-Error"):
            client.launch(JOB, {})

    def test_parameters_go_into_the_address_which_has_a_limit(self, client: Api4Jenkins) -> None:
        with pytest.raises(httpx.HTTPStatusError, match="414"):
            client.launch(JOB, LONG)


class TestJenkinsApi:
    """pycontribs/jenkinsapi."""

    @pytest.fixture
    def client(self, server: Server) -> Iterator[JenkinsApi]:
        driver = JenkinsApi(server.url, server.user, server.token)
        yield driver
        driver.close()

    def test_another_spelling_of_the_host_is_no_queue_url(self, server: Server) -> None:
        """Thread #754 (and #732, #513, #328, #444); the launch was taken all the same."""
        url = server.url.replace("127.0.0.1", "LOCALHOST")
        client = JenkinsApi(url, server.user, server.token)
        with pytest.raises(ValueError, match="Not a Queue URL"):
            client.launch("patient", {"PLAN": "spelled"})
        client.close()
        assert waiting(server)[-1] == "\nPLAN=spelled"
        server.post("job/patient/cancelQueue")

    def test_a_cancelled_item_is_queued_for_ever(self, client: JenkinsApi) -> None:
        """Thread #796: so its ``block_until_building`` never ends."""
        item = client.launch("patient", {"PLAN": "for ever"})
        client.cancel(item)
        item.poll()
        assert item._data["cancelled"] is True
        assert item.is_queued() is True

    def test_a_job_deleted_from_a_folder_stays_in_its_list(
        self, client: JenkinsApi, server: Server
    ) -> None:
        client.create("team/short", freestyle("true"))
        client.delete("team/short")
        assert server.get("job/team/job/short/api/json").status_code == 404
        assert "team/short" in client.server.get_jobs_list()

    def test_words_of_python_are_changed_in_texts(self, client: JenkinsApi, server: Server) -> None:
        """It reads Python's True, False and None by replacing them, also within texts."""
        server.make_job("words", freestyle("true", string_parameter("PLAN", "None of True")))
        [definition] = client.server.get_job("words").get_params()
        assert definition["defaultParameterValue"]["value"] == "null of true"

    def test_everything_is_read_before_one_job_is_launched(
        self, client: JenkinsApi, server: Server
    ) -> None:
        """Thread #690: a request for each folder, though the job's name says where it is."""
        server.post("demo/requests/reset")
        client.server.get_jenkins_obj_from_url(client.server.baseurl)
        asked = server.json("demo/requests")["kinds"]
        assert asked["GET folder/api/python"] == 2
