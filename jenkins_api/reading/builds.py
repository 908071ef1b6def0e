"""Builds, permalinks, artifacts and changes."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import (
    PARAMETERS_TREE,
    as_fields,
    duration_ms,
    epoch_ms,
    flag,
    member,
    members,
    needed_count,
    needed_text,
    parameter_values,
    text,
    texts,
    whole,
    word,
)
from jenkins_api.records import Artifact, Build, Change, LastBuilds

BUILD_TREE = (
    "number,id,queueId,result,building,inProgress,timestamp,duration,estimatedDuration,builtOn,"
    f"keepLog,displayName,description,actions[{PARAMETERS_TREE},causes[shortDescription]]"
)


def build(answer: Any) -> Build:
    """One build, asked with BUILD_TREE; ``inProgress`` is told by newer cores only."""
    fields = as_fields(answer)
    queue_id = whole(fields, "queueId")
    return Build(
        number=needed_count(fields, "number"),
        build_id=text(fields, "id"),
        queue_id=-1 if queue_id is None else queue_id,
        result=word(fields, "result", 20) or None,
        is_building=flag(fields, "building") or flag(fields, "inProgress"),
        started_ms=epoch_ms(fields, "timestamp"),
        duration_ms=duration_ms(fields, "duration") or 0,
        estimated_ms=duration_ms(fields, "estimatedDuration"),
        node=text(fields, "builtOn"),
        is_kept=flag(fields, "keepLog"),
        display_name=text(fields, "displayName"),
        description=text(fields, "description"),
        causes=tuple(
            text(cause, "shortDescription")
            for action in members(fields, "actions")
            for cause in members(action, "causes")
        ),
        parameters=parameter_values(fields),
        kind=text(fields, "_class"),
    )


def builds(answer: Any) -> tuple[Build, ...]:
    """The ``builds`` of a job, newest first."""
    return tuple(build(entry) for entry in members(as_fields(answer), "builds"))


LAST_BUILDS_TREE = "nextBuildNumber,buildable,disabled," + ",".join(
    f"{permalink}[{BUILD_TREE}]"
    for permalink in (
        "lastBuild",
        "lastCompletedBuild",
        "lastStableBuild",
        "lastSuccessfulBuild",
        "lastUnstableBuild",
        "lastFailedBuild",
        "lastUnsuccessfulBuild",
    )
)


def last_builds(answer: Any) -> LastBuilds:
    """A job asked with LAST_BUILDS_TREE."""
    fields = as_fields(answer)

    def of(permalink: str) -> Build | None:
        found = member(fields, permalink)
        return None if found is None else build(found)

    return LastBuilds(
        last=of("lastBuild"),
        completed=of("lastCompletedBuild"),
        stable=of("lastStableBuild"),
        successful=of("lastSuccessfulBuild"),
        unstable=of("lastUnstableBuild"),
        failed=of("lastFailedBuild"),
        unsuccessful=of("lastUnsuccessfulBuild"),
        next_number=needed_count(fields, "nextBuildNumber"),
        is_buildable=flag(fields, "buildable"),
        is_disabled=flag(fields, "disabled"),
    )


ARTIFACTS_TREE = "artifacts[fileName,relativePath]"


def artifacts(answer: Any) -> tuple[Artifact, ...]:
    """A build's artifacts; Jenkins does not tell their sizes."""
    return tuple(
        Artifact(path=needed_text(entry, "relativePath"), file_name=text(entry, "fileName"))
        for entry in members(as_fields(answer), "artifacts")
    )


_CHANGES_TREE = "items[commitId,msg,timestamp,author[fullName],affectedPaths]"
CHANGES_TREE = f"changeSet[{_CHANGES_TREE}],changeSets[{_CHANGES_TREE}]"


def changes(answer: Any) -> tuple[Change, ...]:
    """A build's commits: freestyle builds have one ``changeSet``, Pipelines ``changeSets``."""
    fields = as_fields(answer)
    single = member(fields, "changeSet")
    sets = members(fields, "changeSets") + ([single] if single else [])
    return tuple(
        Change(
            commit=text(entry, "commitId"),
            message=text(entry, "msg"),
            author=text(member(entry, "author") or {}, "fullName"),
            at_ms=epoch_ms(entry, "timestamp"),
            paths=texts(entry.get("affectedPaths")),
        )
        for each in sets
        for entry in members(each, "items")
    )
