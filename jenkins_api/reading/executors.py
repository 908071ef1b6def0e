"""Nodes, and every build that runs on them."""

from __future__ import annotations

from typing import Any

from jenkins_api.paths import split_job_url
from jenkins_api.reading.fields import (
    Fields,
    as_fields,
    duration_ms,
    epoch_ms,
    flag,
    member,
    members,
    needed_count,
    text,
    whole,
    word,
)
from jenkins_api.records import Executors, Node, RunningBuild

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
        busy=needed_count(fields, "busyExecutors"),
        total=needed_count(fields, "totalExecutors"),
        session=session,
    )


def _node(computer: Fields) -> Node:
    return Node(
        name=text(computer, "displayName"),
        labels=frozenset(text(label, "name") for label in members(computer, "assignedLabels")),
        executors=needed_count(computer, "numExecutors"),
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
        started_ms=epoch_ms(executable, "timestamp"),
        estimated_ms=duration_ms(executable, "estimatedDuration"),
        is_building=None if executable.get("building") is None else flag(executable, "building"),
        result=word(executable, "result", 20) or None,
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
