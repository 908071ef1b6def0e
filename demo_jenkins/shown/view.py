"""For whom something is shown, and how."""

from dataclasses import dataclass, field

from demo_jenkins.controller import Controller
from demo_jenkins.exporting import Bean
from demo_jenkins.items import Item, Job
from demo_jenkins.people import Permission, User

EMPTY = Bean(None, {})  # an object that shows nothing, such as many actions


@dataclass(frozen=True)
class View:
    """One answer's point of view: what its user may see, by its root URL, in its language."""

    controller: Controller
    user: User
    root_url: str
    language: str
    _estimates_ms: dict[Job, int] = field(default_factory=dict)

    def may_read(self, item: Item) -> bool:
        """Whether an item and what belongs to it may be seen."""
        return self.user.may(Permission.ITEM_READ, item.full_name)

    def may_only_discover(self, item: Item) -> bool:
        """Whether nothing but the name of an item may be seen."""
        is_known = self.user.may(Permission.DISCOVER, item.full_name)
        return is_known and not self.may_read(item)

    def estimate_ms(self, job: Job) -> int:
        """Looked up once an answer: a thousand executors may run builds of one job."""
        if job not in self._estimates_ms:
            self._estimates_ms[job] = job.estimated_duration_ms()
        return self._estimates_ms[job]
