"""Rights on some folders only, and on items of which one may know no more than the name."""

from __future__ import annotations

import pytest

from tests.demo_jenkins.server import Server, freestyle, item_id

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
ITEM = "hudson.model.Item"
READ = "hudson.model.Hudson.Read"
OURS = "job/mine/job/inner/job/a"
THEIRS = "job/theirs/job/a"

Account = tuple[str, str]


@pytest.fixture(scope="module")
def _folders(jenkins: Server) -> None:
    for place, name in (("", "mine"), ("job/mine/", "inner"), ("", "theirs")):
        jenkins.post(f"{place}createItem", {"name": name, "mode": FOLDER})
    for place in ("job/mine/job/inner/", "job/theirs/"):
        jenkins.make_job("a", freestyle("true"), place)


@pytest.fixture
def member(jenkins: Server, _folders: None) -> Account:
    """Somebody who may read all of two folders, and do something in one of them."""
    rights = [f"{ITEM}.{right}@mine" for right in ("Read", "Build", "Cancel", "Configure")]
    return jenkins.make_user("member", READ, *rights, f"{ITEM}.Read@theirs")


class TestFolders:
    """A right on a folder holds for all that is in it, and nowhere else."""

    def test_only_readable_items_are_listed(self, jenkins: Server, member: Account) -> None:
        tree = "api/json?tree=jobs[name]"
        root = jenkins.json(tree, auth=member)["jobs"]
        assert [job["name"] for job in root] == ["mine", "theirs"]
        inner = jenkins.json(f"job/mine/job/inner/{tree}", auth=member)["jobs"]
        assert [job["name"] for job in inner] == ["a"]
        assert jenkins.get("job/qa/api/json", auth=member).status_code == 404

    def test_launch_and_cancel(self, jenkins: Server, member: Account) -> None:
        launched = jenkins.post(f"{OURS}/build?delay=1000sec", auth=member)
        assert launched.status_code == 201
        cancel = f"queue/cancelItem?id={item_id(launched)}"
        assert jenkins.post(cancel, auth=member).status_code == 204

    @pytest.mark.parametrize("page", ["build", "disable", "config.xml", "submitDescription"])
    def test_elsewhere_one_may_only_look(self, jenkins: Server, member: Account, page: str) -> None:
        refused = jenkins.post(f"{THEIRS}/{page}", auth=member)
        assert refused.status_code == 403
        assert refused.headers["X-Required-Permission"].startswith(f"{ITEM}.")
        assert jenkins.get(f"{THEIRS}/api/json", auth=member).ok

    def test_the_queue_shows_what_one_may_read(self, jenkins: Server, member: Account) -> None:
        jenkins.make_job("hidden", freestyle("true"))
        items = [jenkins.launch(job, delay="1000sec") for job in (THEIRS, "job/hidden")]
        shown = jenkins.json("queue/api/json?tree=items[id]", auth=member)["items"]
        cancelled = [
            jenkins.post(f"queue/cancelItem?id={item}", auth=member).status_code for item in items
        ]
        assert items[0] in [item["id"] for item in shown]
        assert items[1] not in [item["id"] for item in shown]
        assert cancelled == [422, 404]

    def test_who_may_configure_may_read_the_configuration(
        self, jenkins: Server, member: Account
    ) -> None:
        assert jenkins.get(f"{OURS}/config.xml", auth=member).ok
        assert jenkins.get(f"{THEIRS}/config.xml", auth=member).status_code == 403

    @pytest.mark.usefixtures("_folders")
    def test_a_copy_of_what_one_may_not_read(self, jenkins: Server) -> None:
        maker = jenkins.make_user("maker", READ, f"{ITEM}.Read@mine", f"{ITEM}.Create@mine")
        copy = "job/mine/createItem?name=copy&mode=copy&from="
        refused = jenkins.post(f"{copy}/theirs/a", auth=maker)
        assert (refused.status_code, refused.headers["X-Error"]) == (400, "No such job: /theirs/a")
        assert jenkins.post("createItem?name=copy", auth=maker).status_code == 403

    @pytest.mark.usefixtures("_folders")
    def test_who_may_create_and_delete_may_rename(self, jenkins: Server) -> None:
        jenkins.make_job("before", freestyle("true"), "job/mine/")
        rights = [f"{ITEM}.{right}@mine" for right in ("Read", "Create")]
        path = "job/mine/job/before/confirmRename?newName=after"
        maker = jenkins.make_user("mover", READ, *rights)
        assert jenkins.post(path, auth=maker).status_code == 403
        mover = jenkins.make_user("mover", READ, *rights, f"{ITEM}.Delete@mine")
        assert jenkins.post(path, auth=mover).status_code == 302

    def test_a_build_of_a_job_that_one_may_not_read(self, jenkins: Server, member: Account) -> None:
        jenkins.make_job("secret work", freestyle("exec sleep 600"))
        build = jenkins.started(jenkins.launch("job/secret work"))
        executors = "computer/api/json?tree=computer[executors[idle,currentExecutable[url]]]"
        as_member, as_admin = jenkins.get(executors, auth=member), jenkins.get(executors)
        jenkins.post(f"{build}stop")
        assert "secret" in as_admin.text
        assert "secret" not in as_member.text
        assert {"idle": False, "currentExecutable": None} in as_member.json()["computer"][0][
            "executors"
        ]

    def test_no_such_right(self, jenkins: Server) -> None:
        form = {"id": "x", "permission": "hudson.model.Item.Fly@mine"}
        assert jenkins.post("demo/user", form).status_code == 500


@pytest.fixture
def guest(jenkins: Server, _folders: None) -> Account:
    """Somebody who may know that there is a folder, and no more."""
    return jenkins.make_user("guest", READ, f"{ITEM}.Discover@theirs", f"{ITEM}.Read@mine")


class TestDiscover:
    """Discover without Read."""

    @pytest.mark.parametrize("path", ["job/theirs/", f"{THEIRS}/api/json", f"{THEIRS}/build"])
    def test_403_instead_of_404(self, jenkins: Server, guest: Account, path: str) -> None:
        refused = jenkins.get(path, auth=guest)
        assert refused.status_code == 403
        assert "Please login to access job theirs" in refused.text
        assert "X-Required-Permission" not in refused.headers

    def test_is_not_listed(self, jenkins: Server, guest: Account) -> None:
        jobs = jenkins.json("api/json?tree=jobs[name]", auth=guest)["jobs"]
        assert [job["name"] for job in jobs] == ["mine"]

    def test_queue(self, jenkins: Server, guest: Account) -> None:
        item = jenkins.launch(THEIRS, delay="1000sec")
        queue = jenkins.json("queue/api/json", auth=guest)
        one = jenkins.get(f"queue/item/{item}/api/json", auth=guest)
        jenkins.post(f"queue/cancelItem?id={item}")
        assert item not in [shown["id"] for shown in queue["items"]]
        assert {"task": {"name": "a"}} in queue["discoverableItems"]
        assert one.status_code == 403
