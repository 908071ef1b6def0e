"""The catalogue is read again every few minutes."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.checking import learn_rights
from dashboard.controllers.models import Controller
from jenkins_api import JenkinsError

log = structlog.get_logger(__name__)

RETRY_AFTER = timedelta(seconds=60)  # also the lease of the worker that reads it


@shared_task(name="controllers.tick")
def tick() -> None:
    """Start reading each catalogue that is due, of the controllers that answer."""
    due = Controller.objects.catalogue_due(timezone.now())
    for controller_id in due.values_list("pk", flat=True):
        read_catalogue.apply_async((controller_id,), expires=5)


@shared_task(name="controllers.read_catalogue")
def read_catalogue(controller_id: int) -> None:
    """Read one catalogue, unless another worker has just begun to."""
    now = timezone.now()
    due = Controller.objects.catalogue_due(now).filter(pk=controller_id)
    if not due.update(catalogue_due_at=now + RETRY_AFTER):
        return
    controller = Controller.objects.get(pk=controller_id)
    try:
        sync_catalogue(controller)
        learn_rights(controller)
    except JenkinsError as error:
        log.warning("catalogue not read", controller=controller.name, why=str(error))
