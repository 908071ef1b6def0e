"""The controller's home directory: what survives a restart, and where it lies."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from demo_jenkins import parameters
from demo_jenkins.configuring import FOLDER_TAGS, job_config, parse_xml, to_xml
from demo_jenkins.files import write_atomically
from demo_jenkins.items import Build, CaseCounts, Folder, Item, Job
from demo_jenkins.stages import FlowNode, Stage


class Home:
    """Reads and writes items, builds and counters below one directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in ("jobs", "workspace", "tmp", "secrets"):
            (path / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def users_path(self) -> Path:
        """Where users and the hashes of their tokens are kept."""
        return self.path / "users.json"

    @property
    def queue_path(self) -> Path:
        """Where the queue is kept between an orderly stop and the next start."""
        return self.path / "queue.json"

    def item_path(self, item: Item) -> Path:
        """The directory of a folder or job."""
        if item.parent is None:
            return self.path
        return self.item_path(item.parent) / "jobs" / item.name

    def build_path(self, build: Build) -> Path:
        """The directory of a build: its record, log and test report."""
        return self.item_path(build.job) / "builds" / str(build.number)

    def log_path(self, build: Build) -> Path:
        """The console of a build."""
        return self.build_path(build) / "log"

    def report_path(self, build: Build) -> Path:
        """The test report of a build, once it recorded one."""
        return self.build_path(build) / "report.json"

    def archive_path(self, build: Build) -> Path:
        """The files that a build keeps."""
        return self.build_path(build) / "archive"

    def workspace_path(self, job: Job, slot: int) -> Path:
        """Where a build works; one that runs beside others gets ``@2``, ``@3`` ..."""
        suffix = f"@{slot}" if slot > 1 else ""
        return self.path / "workspace" / f"{job.full_name}{suffix}"

    def save_item(self, item: Item) -> None:
        """Write a folder's or job's configuration."""
        path = self.item_path(item)
        path.mkdir(parents=True, exist_ok=True)
        write_atomically(path / "config.xml", to_xml(item.xml))

    def move_item(self, item: Item, folder: Folder, name: str) -> None:
        """Move everything of an item to where it lies in a folder under a name."""
        target = self.item_path(folder) / "jobs" / name
        target.parent.mkdir(exist_ok=True)
        self.item_path(item).rename(target)

    def delete_item(self, item: Item) -> None:
        """Remove a folder or job with everything below it."""
        shutil.rmtree(self.item_path(item))

    def save_next_number(self, job: Job) -> None:
        """Keep build numbers from being given out twice."""
        path = self.item_path(job) / "nextBuildNumber"
        write_atomically(path, str(job.next_number).encode())

    def save_build(self, build: Build) -> None:
        """Write a build that has ended. Values of password parameters are left out."""
        tests = build.tests
        record = {
            "number": build.number,
            "queue_id": build.queue_id,
            "timestamp_ms": build.timestamp_ms,
            "duration_ms": build.duration_ms,
            "result": build.result,
            "is_kept": build.is_kept,
            "node": build.node,
            "artifacts": build.artifacts,
            "changes": build.changes,
            "description": build.description,
            "own_name": build.own_name,
            "causes": build.causes,
            "parameters": parameters.to_record(build.parameters, secrets=False),
            "tests": [tests.failed, tests.skipped, tests.total] if tests else None,
            "stages": [asdict(stage) for stage in build.stages],
        }
        write_atomically(self.build_path(build) / "build.json", json.dumps(record).encode())

    def load(self) -> Folder:
        """Everything that was saved, as the root folder."""
        root = Folder("", None)
        self._load_children(root)
        return root

    def _load_children(self, folder: Folder) -> None:
        for path in sorted((self.item_path(folder) / "jobs").glob("*/config.xml")):
            name = path.parent.name
            xml = parse_xml(path.read_bytes())
            if xml.tag in FOLDER_TAGS:
                child = Folder(name, folder, xml)
                folder.children[name] = child
                self._load_children(child)
            else:
                folder.children[name] = self._load_job(Job(name, folder, job_config(xml), xml))

    def _load_job(self, job: Job) -> Job:
        path = self.item_path(job)
        for record in sorted(self._build_records(path), key=lambda record: record["number"]):
            build = _build_from(job, record)
            job.builds[build.number] = build
        counter = path / "nextBuildNumber"
        if counter.exists():
            job.next_number = int(counter.read_text())
        return job

    def _build_records(self, path: Path) -> Iterator[dict[str, Any]]:
        """Records of builds that ended; one cut off by a crash has none and is forgotten."""
        for record in (path / "builds").glob("*/build.json"):
            yield json.loads(record.read_bytes())


def _build_from(job: Job, record: dict[str, Any]) -> Build:
    tests = record.pop("tests")
    values = parameters.from_record(record.pop("parameters"))
    stages = [
        Stage(**{**stage, "nodes": [FlowNode(**node) for node in stage["nodes"]]})
        for stage in record.pop("stages")
    ]
    return Build(
        job=job,
        parameters=values,
        tests=CaseCounts(*tests) if tests else None,
        stages=stages,
        is_building=False,
        **record,
    )
