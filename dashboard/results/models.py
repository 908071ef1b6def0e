"""The cases of a run's test report: attempts of one name folded into one row."""

from __future__ import annotations

from django.db import models

from dashboard.runs.models import Run


class TestCase(models.Model):
    """One test of a run's report as it ended. Failed ones come first by ``rank``."""

    __test__ = False  # not a suite of ours, whatever its name begins with

    class Outcome(models.TextChoices):
        FAILED = "failed", "Failed"
        PASSED_ON_RERUN = "rerun", "Passed on rerun"
        SKIPPED = "skipped", "Skipped"
        PASSED = "passed", "Passed"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="cases", db_index=False)
    rank = models.PositiveIntegerField()  # order to read in: failed, failed first, skipped, passed
    outcome = models.CharField(max_length=8, choices=Outcome)
    part = models.CharField(max_length=500, blank=True)  # of a matrix or Maven job: "OS=linux"
    suite = models.CharField(max_length=500, blank=True)
    class_name = models.CharField(max_length=500, blank=True)
    name = models.CharField(max_length=1000)
    attempts = models.PositiveIntegerField(default=1)
    duration_s = models.FloatField(default=0)
    message = models.TextField(blank=True)
    trace = models.TextField(blank=True)

    class Meta:
        ordering = ("rank",)
        constraints = (models.UniqueConstraint(fields=("run", "rank"), name="one_case_per_rank"),)

    def __str__(self) -> str:
        return f"{self.class_name}.{self.name}" if self.class_name else self.name
