"""From the parts of a path to the object it leads to."""

from demo_jenkins.controller import Controller
from demo_jenkins.items import PERMALINKS, Build, Folder, Item, Job
from demo_jenkins.people import Permission, User
from demo_jenkins.web.answers import Refusal, not_found, sign_in_first
from demo_jenkins.web.calls import Target, forbidden

ALL_VIEW = ["view", "all"]


def resolve(controller: Controller, user: User, parts: list[str]) -> tuple[Target, list[str]]:
    """The object a path leads to and what is left of the path; 404 where there is none."""
    match parts:
        case ["queue", "item", number, *rest]:
            return _queue_item(controller, user, number), rest
        case ["me", *rest]:
            if user.is_anonymous:
                raise forbidden(user, Permission.READ)
            return user, rest
        case ["user", name, *rest] if name in controller.people.users:
            return controller.people.users[name], rest
        case ["computer", name, *rest] if name not in ("api", "doCreateItem"):
            return _known(controller.nodes.find(name)), rest
    return _item(controller.root, user, parts)


def _queue_item(controller: Controller, user: User, number: str) -> Target:
    item = controller.queue.find(int(number)) if number.isdecimal() else None
    if item is None:
        raise not_found()
    _check_readable(item.job, user)
    return item


def _item(root: Folder, user: User, parts: list[str]) -> tuple[Target, list[str]]:
    """A folder, job or build; a way through the view of everything leads to the same."""
    place: Folder | Job = root
    rest = parts
    while isinstance(place, Folder) and len(rest) > 1:
        if rest[:2] == ALL_VIEW and rest[2:3] not in ([], ["api"]):  # pages of its own
            rest = rest[2:]
        elif rest[0] == "job":
            child = place.children.get(rest[1])
            if child is None:
                raise not_found()
            _check_readable(child, user)
            place, rest = child, rest[2:]
        else:
            return place, rest
    if isinstance(place, Job) and rest and (rest[0].isdecimal() or rest[0] in PERMALINKS):
        return _known(_build(place, rest[0])), rest[1:]
    return place, rest


def _check_readable(item: Item, user: User) -> None:
    """Who may only discover an item is told that it is there (Jenkins.getItem)."""
    if user.may(Permission.ITEM_READ, item.full_name):
        return
    if user.may(Permission.DISCOVER, item.full_name):
        if user.is_anonymous:
            raise sign_in_first()
        raise Refusal(403, f"Please login to access job {item.name}")
    raise not_found()


def _build(job: Job, name: str) -> Build | None:
    return job.builds.get(int(name)) if name.isdecimal() else job.permalink(name)


def _known(target: Target | None) -> Target:
    if target is None:
        raise not_found()
    return target
