"""What a fresh home starts with: the service account, and with ``--seed`` the folder ``qa``."""

from pathlib import Path

from demo_jenkins.configuring import new_folder, parse_xml
from demo_jenkins.controller import Controller
from demo_jenkins.files import write_atomically
from demo_jenkins.items import Folder
from demo_jenkins.people import Permission

SERVICE_ACCOUNT = "svc-runboard"
JOBS_PATH = Path(__file__).parent / "seed"


def service_token(controller: Controller) -> str:
    """The service account's token, made at the first start and kept in the home."""
    path = controller.home.path / "secrets" / f"{SERVICE_ACCOUNT}.token"
    if path.exists():
        return path.read_text("ascii")
    user = controller.people.add(SERVICE_ACCOUNT, {Permission.ADMINISTER})
    _, token = user.add_token("runboard")
    controller.people.save()
    write_atomically(path, token.encode())
    return token


def seed(controller: Controller) -> None:
    """Make the folder ``qa`` with its jobs, unless there are items already."""
    if controller.root.children:
        return
    folder = controller.add_item(controller.root, "qa", new_folder())
    if isinstance(folder, Folder):
        for file in sorted(JOBS_PATH.glob("*.xml")):
            controller.add_item(folder, file.stem, parse_xml(file.read_bytes()))
