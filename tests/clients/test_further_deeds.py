"""What only some of the clients offer: administering, and answering questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.drivers import Api4Jenkins, JenkinsApi, PythonJenkins
from tests.demo_jenkins.server import Server, freestyle, wait_for

ASKS = "<flow-definition><definition><script>input 'Go?'</script></definition></flow-definition>"


@pytest.fixture
def python_jenkins(server: Server) -> Iterator[PythonJenkins]:
    driver = PythonJenkins(server.url, server.user, server.token)
    yield driver
    driver.close()


@pytest.fixture
def jenkinsapi(server: Server) -> Iterator[JenkinsApi]:
    driver = JenkinsApi(server.url, server.user, server.token)
    yield driver
    driver.close()


@pytest.fixture
def api4jenkins(server: Server) -> Iterator[Api4Jenkins]:
    driver = Api4Jenkins(server.url, server.user, server.token)
    yield driver
    driver.close()


@pytest.fixture
def job(server: Server) -> Iterator[str]:
    """A job that a client gives the name ``renamed``."""
    server.make_job("to be renamed", freestyle("true"))
    yield "to be renamed"
    assert server.request("DELETE", "job/renamed/").status_code == 204


class TestPythonJenkins:
    """It follows redirects, so it needs the pages to which they lead."""

    def test_folder(self, python_jenkins: PythonJenkins) -> None:
        python_jenkins.server.create_folder("a folder")
        assert python_jenkins.server.is_folder("a folder")
        python_jenkins.delete("a folder")

    def test_rename(self, python_jenkins: PythonJenkins, job: str) -> None:
        python_jenkins.server.rename_job(job, "renamed")
        assert "renamed" in python_jenkins.jobs()

    def test_node_off_and_on(self, python_jenkins: PythonJenkins) -> None:
        node = "(built-in)"
        python_jenkins.server.disable_node(node, "new fan")
        assert python_jenkins.server.get_node_info(node)["offlineCauseReason"] == "new fan"
        python_jenkins.server.enable_node(node)
        assert python_jenkins.server.get_node_info(node)["offline"] is False

    def test_agent(self, python_jenkins: PythonJenkins) -> None:
        server = python_jenkins.server
        server.create_node("card", numExecutors=2, labels="gpu")
        server.reconfig_node("card", server.get_node_config("card").replace("gpu", "tpu"))
        labels = server.get_node_info("card")["assignedLabels"]
        assert labels == [{"name": "card"}, {"name": "tpu"}]
        server.delete_node("card")
        assert not server.node_exists("card")

    def test_plugins(self, python_jenkins: PythonJenkins) -> None:
        plugins = python_jenkins.server.get_plugins()
        assert plugins["junit"] is plugins["JUnit"]
        assert plugins["junit"]["enabled"] is True
        assert python_jenkins.server.get_plugin_info("no such plugin") is None


class TestJenkinsApi:
    """It follows them, too."""

    def test_rename(self, jenkinsapi: JenkinsApi, job: str) -> None:
        jenkinsapi.server.rename_job(job, "renamed")
        assert "renamed" in jenkinsapi.jobs()

    def test_node_off_and_on(self, jenkinsapi: JenkinsApi) -> None:
        node = jenkinsapi.server.nodes["Built-In Node"]
        node.toggle_temporarily_offline()
        assert node.is_temporarily_offline() is True
        node.toggle_temporarily_offline()
        assert node.is_temporarily_offline() is False

    def test_plugins(self, jenkinsapi: JenkinsApi) -> None:
        assert jenkinsapi.server.has_plugin("workflow-job")
        assert not jenkinsapi.server.has_plugin("no such plugin")
        assert jenkinsapi.server.plugins["junit"].longName == "JUnit"


class TestApi4Jenkins:
    """It follows none, but goes by the links of the stage pages."""

    ASKS = (
        "<flow-definition><definition><script>input 'Go?'</script></definition></flow-definition>"
    )

    @pytest.mark.parametrize(("answer", "result"), [("submit", "SUCCESS"), ("abort", "ABORTED")])
    def test_a_question(
        self, server: Server, api4jenkins: Api4Jenkins, answer: str, result: str
    ) -> None:
        server.make_job("asks", ASKS)
        path = server.started(server.launch("job/asks"))
        build = api4jenkins.server.get_job("asks").get(1)
        wait_for(build.get_pending_input)
        getattr(build.get_pending_input(), answer)()
        assert server.ended(path)["result"] == result
        assert build.get_pending_input() is None
        api4jenkins.delete("asks")

    def test_agent(self, api4jenkins: Api4Jenkins) -> None:
        nodes = api4jenkins.server.nodes
        nodes.create("board", numExecutors=1)
        node = nodes.get("board")
        assert node.offline is False
        node.delete()
        assert nodes.get("board") is None

    def test_moving(self, server: Server, api4jenkins: Api4Jenkins) -> None:
        mode = "com.cloudbees.hudson.plugins.folder.Folder"
        server.post("createItem", {"name": "shelf", "mode": mode})
        server.make_job("book", freestyle("true"))
        api4jenkins.server.get_job("book").move("shelf")
        assert "shelf/book" in api4jenkins.jobs()
        assert "book" not in api4jenkins.jobs()
        api4jenkins.delete("shelf")

    def test_plugins(self, api4jenkins: Api4Jenkins) -> None:
        plugins = api4jenkins.server.plugins
        assert all(plugin.active for plugin in plugins)
        assert plugins.get("junit").long_name == "JUnit"
        assert plugins.get("no such plugin") is None
