"""A client for Jenkins's remote API, on requests: plain records in, named errors out."""

from jenkins_api.client import Jenkins
from jenkins_api.errors import (
    AnswerLost,
    JenkinsError,
    NotAuthorised,
    NotSent,
    Unavailable,
    UnexpectedAnswer,
)
from jenkins_api.paths import full_name_from_url, job_path
from jenkins_api.records import (
    Build,
    CaseAttempt,
    ConsoleChunk,
    Executors,
    Identity,
    Job,
    Node,
    ParameterDefinition,
    Queue,
    QueueItem,
    QueueItemRef,
    Report,
    RunningBuild,
    ServerStatus,
)

__all__ = [
    "AnswerLost",
    "Build",
    "CaseAttempt",
    "ConsoleChunk",
    "Executors",
    "Identity",
    "Jenkins",
    "JenkinsError",
    "Job",
    "Node",
    "NotAuthorised",
    "NotSent",
    "ParameterDefinition",
    "Queue",
    "QueueItem",
    "QueueItemRef",
    "Report",
    "RunningBuild",
    "ServerStatus",
    "Unavailable",
    "UnexpectedAnswer",
    "full_name_from_url",
    "job_path",
]
