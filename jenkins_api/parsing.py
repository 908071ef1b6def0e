"""Jenkins's JSON to records. Pure; ``WrongShape`` where an answer is not what was asked for.

Beside each reader stands the ``tree=`` that asks for exactly its fields (contract 3).
"""

from __future__ import annotations

import re
from typing import Any

from jenkins_api.fields import (
    Fields,
    as_fields,
    flag,
    member,
    members,
    needed_text,
    needed_whole,
    seconds,
    storable,
    text,
    whole,
)
from jenkins_api.paths import split_job_url
from jenkins_api.records import (
    Build,
    CaseAttempt,
    Executors,
    Identity,
    Job,
    Node,
    ParameterDefinition,
    QueueItem,
    Report,
    RunningBuild,
)

IDENTITY_TREE = "name,anonymous,authorities"


def identity(answer: Any) -> Identity:
    """``/whoAmI``. Its ``authenticated`` is true for anonymous too, so it is not read."""
    fields = as_fields(answer)
    return Identity(
        name=needed_text(fields, "name"),
        is_anonymous=flag(fields, "anonymous"),
        authorities=_texts(fields.get("authorities")),
    )


JOB_TREE = (
    "fullName,displayName,description,buildable,disabled,color,labelExpression,"
    "property[parameterDefinitions[name,type,description,choices,defaultParameterValue[value]]]"
)


def job(answer: Any) -> Job:
    """One job, asked with JOB_TREE."""
    fields = as_fields(answer)
    return Job(
        full_name=needed_text(fields, "fullName"),
        kind=text(fields, "_class"),
        is_buildable=flag(fields, "buildable"),
        is_disabled=flag(fields, "disabled"),
        color=text(fields, "color"),
        description=text(fields, "description"),
        display_name=text(fields, "displayName"),
        parameters=tuple(
            _parameter_definition(definition)
            for entry in members(fields, "property")
            for definition in members(entry, "parameterDefinitions")
        ),
        label=text(fields, "labelExpression"),
    )


def _parameter_definition(fields: Fields) -> ParameterDefinition:
    given = (member(fields, "defaultParameterValue") or {}).get("value")
    default = storable(given) if isinstance(given, str) else given
    return ParameterDefinition(
        name=needed_text(fields, "name"),
        kind=text(fields, "type"),
        description=text(fields, "description"),
        default=default if isinstance(default, str | bool) else None,
        choices=_texts(fields.get("choices")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    """A list of strings; plugins give other things under the same names, which say nothing."""
    return tuple(storable(str(each)) for each in value) if isinstance(value, list) else ()


def catalogue_tree(levels: int) -> str:
    """A tree for jobs in ``levels`` levels of folders; the last shows only if there is more."""
    tree = "jobs[name]{0,1}"
    for _ in range(levels):
        tree = f"jobs[{JOB_TREE},{tree}]"
    return tree


def catalogue(answer: Any, levels: int) -> tuple[list[Job], list[str]]:
    """Jobs found, and the full names of folders whose content lies deeper than ``levels``.

    A container is what has a ``jobs`` key (contract 3.2); it is no job itself.
    """
    found: list[Job] = []
    deeper: list[str] = []
    for entry in members(as_fields(answer), "jobs"):
        if "jobs" not in entry:
            found.append(job(entry))
        elif levels > 1:
            inner_jobs, inner_deeper = catalogue(entry, levels - 1)
            found += inner_jobs
            deeper += inner_deeper
        elif members(entry, "jobs"):
            deeper.append(needed_text(entry, "fullName"))
    return found, deeper


QUEUE_ITEM_TREE = (
    "id,why,blocked,buildable,stuck,pending,cancelled,inQueueSince,timestamp,"
    "buildableStartMilliseconds,task[url],executable[number],actions[parameters[name,value]]"
)


def queue_item(answer: Any) -> QueueItem:
    """One item, asked with QUEUE_ITEM_TREE. Its kind is read from ``Queue$WaitingItem``."""
    fields = as_fields(answer)
    kind = re.split(r"[.$]", text(fields, "_class"))[-1]
    task_of = split_job_url(text(member(fields, "task") or {}, "url"))
    return QueueItem(
        queue_id=needed_whole(fields, "id"),
        kind=kind,
        why=text(fields, "why") or None,
        in_queue_since_ms=needed_whole(fields, "inQueueSince"),
        job=task_of[0] if task_of else None,
        is_blocked=flag(fields, "blocked"),
        is_buildable=flag(fields, "buildable"),
        is_stuck=flag(fields, "stuck"),
        is_pending=flag(fields, "pending"),
        is_cancelled=flag(fields, "cancelled"),
        waits_until_ms=whole(fields, "timestamp"),
        buildable_since_ms=whole(fields, "buildableStartMilliseconds"),
        build_number=whole(member(fields, "executable") or {}, "number"),
        has_left=kind == "LeftItem",
        parameters=_parameter_values(fields),
        step_of_build=task_of[1] if task_of else None,
    )


def queue_items(answer: Any) -> tuple[QueueItem, ...]:
    """The whole queue, as Jenkins orders it: soonest to run last."""
    return tuple(queue_item(entry) for entry in members(as_fields(answer), "items"))


def _parameter_values(fields: Fields) -> dict[str, str]:
    """Parameters of a queue item or build; those without a value (passwords, files) left out."""
    values = {}
    for action in members(fields, "actions"):
        for parameter in members(action, "parameters"):
            value = parameter.get("value")
            if isinstance(value, bool):
                values[needed_text(parameter, "name")] = str(value).lower()
            elif isinstance(value, str | int | float):
                values[needed_text(parameter, "name")] = storable(str(value))
    return values


_RUNNING_TREE = (
    "likelyStuck,currentExecutable[number,url,queueId,timestamp,estimatedDuration,building,result,"
    "actions[displayName,waitingForInput,executions[settled]]]"
)
EXECUTORS_TREE = (
    "busyExecutors,totalExecutors,computer[displayName,numExecutors,offline,temporarilyOffline,"
    "offlineCauseReason,assignedLabels[name],"
    f"executors[{_RUNNING_TREE}],oneOffExecutors[{_RUNNING_TREE}]]"
)


def executors(answer: Any, session: str) -> Executors:
    """Nodes and running builds, asked with EXECUTORS_TREE.

    A Pipeline's build stands on a one-off executor and on one more for each node step; the
    entry that tells a queue id is the build itself (contract 9.1).
    """
    fields = as_fields(answer)
    nodes = []
    builds: dict[tuple[str, int], RunningBuild] = {}
    for computer in members(fields, "computer"):
        nodes.append(_node(computer))
        for executor in members(computer, "executors") + members(computer, "oneOffExecutors"):
            build = _running_build(executor, nodes[-1].name)
            if build is None:
                continue
            known = builds.get((build.job, build.number))
            if known is None or known.queue_id is None:
                builds[build.job, build.number] = build
    return Executors(
        nodes=tuple(nodes),
        builds=tuple(builds.values()),
        busy=needed_whole(fields, "busyExecutors"),
        total=needed_whole(fields, "totalExecutors"),
        session=session,
    )


def _node(computer: Fields) -> Node:
    return Node(
        name=text(computer, "displayName"),
        labels=frozenset(text(label, "name") for label in members(computer, "assignedLabels")),
        executors=needed_whole(computer, "numExecutors"),
        busy=sum(
            member(executor, "currentExecutable") is not None
            for executor in members(computer, "executors")
        ),
        is_offline=flag(computer, "offline"),
        offline_reason=text(computer, "offlineCauseReason"),
        is_temporarily_offline=flag(computer, "temporarilyOffline"),
    )


def _running_build(executor: Fields, node: str) -> RunningBuild | None:
    """What an executor does, None if it is idle or does something else (a folder's scan)."""
    executable = member(executor, "currentExecutable") or {}
    at = split_job_url(text(executable, "url"))
    if at is None or at[1] is None:
        return None
    return RunningBuild(
        job=at[0],
        number=at[1],
        node=node,
        queue_id=whole(executable, "queueId"),
        started_ms=whole(executable, "timestamp"),
        estimated_ms=_estimate_ms(executable),
        is_building=None if executable.get("building") is None else flag(executable, "building"),
        result=text(executable, "result") or None,
        kind=text(executable, "_class"),
        waits_for_input=any(_asks_for_input(each) for each in members(executable, "actions")),
        is_likely_stuck=flag(executor, "likelyStuck"),
    )


def _asks_for_input(action: Fields) -> bool:
    """Whether a Pipeline's InputAction has an open question; older ones have no flag for it."""
    if not text(action, "_class").endswith("InputAction"):
        return False
    is_open = any(not flag(each, "settled") for each in members(action, "executions"))
    return flag(action, "waitingForInput") if "waitingForInput" in action else is_open


def _estimate_ms(fields: Fields) -> int | None:
    estimate_ms = whole(fields, "estimatedDuration")
    return None if estimate_ms is None or estimate_ms < 0 else estimate_ms


BUILD_TREE = (
    "number,id,queueId,result,building,inProgress,timestamp,duration,estimatedDuration,builtOn,"
    "keepLog,displayName,description,actions[parameters[name,value],causes[shortDescription]]"
)


def build(answer: Any) -> Build:
    """One build, asked with BUILD_TREE; ``inProgress`` is told by newer cores only."""
    fields = as_fields(answer)
    queue_id = whole(fields, "queueId")
    return Build(
        number=needed_whole(fields, "number"),
        build_id=text(fields, "id"),
        queue_id=-1 if queue_id is None else queue_id,
        result=text(fields, "result") or None,
        is_building=flag(fields, "building") or flag(fields, "inProgress"),
        started_ms=needed_whole(fields, "timestamp"),
        duration_ms=whole(fields, "duration") or 0,
        estimated_ms=_estimate_ms(fields),
        node=text(fields, "builtOn"),
        is_kept=flag(fields, "keepLog"),
        display_name=text(fields, "displayName"),
        description=text(fields, "description"),
        causes=tuple(
            text(cause, "shortDescription")
            for action in members(fields, "actions")
            for cause in members(action, "causes")
        ),
        parameters=_parameter_values(fields),
        kind=text(fields, "_class"),
    )


def builds(answer: Any) -> tuple[Build, ...]:
    """The ``builds`` of a job, newest first."""
    return tuple(build(entry) for entry in members(as_fields(answer), "builds"))


_RESULT_TREE = (
    "failCount,passCount,skipCount,duration,suites[name,cases[className,name,status,duration,"
    "errorDetails,errorStackTrace,skippedMessage,flakyFailures[message],rerunFailures[message]]]"
)
REPORT_TREE = f"{_RESULT_TREE},childReports[result[{_RESULT_TREE}]]"


def report(answer: Any) -> Report:
    """A test report, asked with REPORT_TREE.

    Matrix and Maven jobs give one result for each child in place of suites (contract 8).
    """
    fields = as_fields(answer)
    results = [fields]
    if fields.get("suites") is None and fields.get("childReports") is not None:
        results = [as_fields(entry.get("result")) for entry in members(fields, "childReports")]
    return Report(
        passed=sum(needed_whole(result, "passCount") for result in results),
        failed=sum(needed_whole(result, "failCount") for result in results),
        skipped=sum(needed_whole(result, "skipCount") for result in results),
        duration_s=sum(seconds(result, "duration") for result in results),
        attempts=tuple(
            _case_attempt(text(suite, "name"), case)
            for result in results
            for suite in members(result, "suites")
            for case in members(suite, "cases")
        ),
    )


def _case_attempt(suite: str, case: Fields) -> CaseAttempt:
    return CaseAttempt(
        suite=suite,
        class_name=text(case, "className"),
        name=text(case, "name"),
        status=needed_text(case, "status"),
        duration_s=seconds(case, "duration"),
        message=text(case, "errorDetails"),
        trace=text(case, "errorStackTrace"),
        failed_earlier=len(members(case, "flakyFailures")) + len(members(case, "rerunFailures")),
        skipped_message=text(case, "skippedMessage"),
    )
