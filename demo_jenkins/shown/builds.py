"""Builds of freestyle and Pipeline jobs."""

from demo_jenkins.exporting import ANYWHERE, Bean
from demo_jenkins.items import Build, CaseCounts, Cause
from demo_jenkins.parameters import values_bean
from demo_jenkins.shown.view import EMPTY, View
from demo_jenkins.stages import PendingInput

WORKFLOW = "org.jenkinsci.plugins.workflow"
FREESTYLE_BUILD = "hudson.model.FreeStyleBuild"
_INPUT = f"{WORKFLOW}.support.steps.input"


def build_bean(view: View, build: Build) -> Bean:
    """A build with all its fields."""
    fields: dict[str, object] = {
        "actions": lambda: _actions(build),
        "artifacts": [_artifact_bean(path) for path in build.artifacts],
        "building": build.is_building,
        "description": build.description,
        "displayName": build.display_name,
        "duration": build.duration_ms,
        "estimatedDuration": lambda: view.estimate_ms(build.job),
        "executor": EMPTY if build.is_building else None,
        "fullDisplayName": build.full_display_name,
        "id": str(build.number),
        "inProgress": build.is_building,
        "keepLog": build.is_kept,
        "number": build.number,
        "queueId": build.queue_id,
        "result": build.result,
        "timestamp": build.timestamp_ms,
        "url": view.root_url + build.path,
    }
    visibility = {"number": 2, "url": 2}
    if build.job.is_pipeline:
        fields |= {
            "changeSets": [_changes_bean(build)] if build.changes else [],
            "culprits": _culprits(build),
            "nextBuild": lambda: _neighbour(view, build, 1),
            "previousBuild": lambda: _neighbour(view, build, -1),
        }
        return Bean(f"{WORKFLOW}.job.WorkflowRun", fields, visibility)
    fields |= {
        "builtOn": build.node,
        "changeSet": _changes_bean(build),
        "culprits": _culprits(build),
    }
    class_name = "hudson.matrix.MatrixBuild" if build.job.is_matrix else FREESTYLE_BUILD
    return Bean(class_name, fields, visibility)


def build_or_none(view: View, build: Build | None) -> Bean | None:
    """A build where there is one."""
    return build_bean(view, build) if build else None


def causes_bean(causes: list[Cause]) -> Bean:
    """The action that says why a build was started."""
    shown = []
    for cause in causes:
        fields = {name: value for name, value in cause.items() if name != "_class"}
        shown.append(Bean(cause["_class"], fields, default_visibility=3))
    return Bean("hudson.model.CauseAction", {"causes": shown}, default_visibility=2)


def _actions(build: Build) -> list[Bean]:
    actions = [values_bean(build.parameters)] if build.parameters else []
    actions += [causes_bean(build.causes), EMPTY]
    if build.tests:
        actions.append(_tests_bean(build.tests, is_matrix=build.job.is_matrix))
    if build.inputs:
        actions.append(_inputs_bean(build))
    return actions


def _tests_bean(tests: CaseCounts, *, is_matrix: bool) -> Bean:
    fields: dict[str, object] = {
        "failCount": tests.failed,
        "skipCount": tests.skipped,
        "totalCount": tests.total,
        "urlName": "testReport",
    }
    kind = "test.MatrixTestResult" if is_matrix else "junit.TestResultAction"
    return Bean(f"hudson.tasks.{kind}", fields, default_visibility=2)


def _inputs_bean(build: Build) -> Bean:
    """Shows its fields only when ``tree`` names them."""
    is_waiting = build.is_building and any(not pending.is_settled for pending in build.inputs)
    fields: dict[str, object] = {
        "displayName": "Paused for Input" if is_waiting else None,
        "executions": [_input_bean(pending) for pending in build.inputs],
        "waitingForInput": is_waiting,
    }
    return Bean(f"{_INPUT}.InputAction", fields)


def _input_bean(pending: PendingInput) -> Bean:
    question: dict[str, object] = {
        "cancel": "Abort",
        "id": pending.id,
        "message": pending.message,
        "ok": pending.ok,
        "parameters": [],
        "submitter": None,
        "submitterParameter": None,
    }
    fields: dict[str, object] = {
        "displayName": pending.message[:32],
        "id": pending.id,
        "input": Bean(None, question),
        "settled": pending.is_settled,
    }
    return Bean(f"{_INPUT}.InputStepExecution", fields)


def _artifact_bean(path: str) -> Bean:
    name = path.rpartition("/")[2]
    fields: dict[str, object] = {"displayPath": name, "fileName": name, "relativePath": path}
    return Bean(None, fields, default_visibility=3)


def _changes_bean(build: Build) -> Bean:
    """What changed in the source since the build before."""
    if not build.changes:
        return Bean(
            "hudson.scm.EmptyChangeLogSet", {"items": [], "kind": None}, default_visibility=2
        )
    entries = [
        Bean("hudson.plugins.git.GitChangeSet", change, default_visibility=ANYWHERE)
        for change in build.changes
    ]
    fields: dict[str, object] = {"items": entries, "kind": "git"}
    return Bean("hudson.plugins.git.GitChangeSetList", fields, default_visibility=2)


def _culprits(build: Build) -> list[Bean]:
    authors = {str(change.get("author")): change.get("author") for change in build.changes}
    people = [author for author in authors.values() if isinstance(author, dict)]
    return [Bean(None, author, default_visibility=2) for author in people]


def _neighbour(view: View, build: Build, step: int) -> Bean | None:
    """The build before or after, as far as it has not been deleted."""
    number = build.number + step
    while number not in build.job.builds:
        if not 0 < number < build.job.next_number:
            return None
        number += step
    neighbour = build.job.builds[number]
    fields: dict[str, object] = {"number": number, "url": view.root_url + neighbour.path}
    return Bean(None, fields, default_visibility=2)
