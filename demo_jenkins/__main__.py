"""Start the controller: ``python -m demo_jenkins --port 8090 --home DIR --seed``."""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from aiohttp import web

from demo_jenkins.controller import Controller, Ending, Options
from demo_jenkins.files import write_atomically
from demo_jenkins.home import Home
from demo_jenkins.seeding import SERVICE_ACCOUNT, seed, service_token
from demo_jenkins.web.dispatch import READABLE_LINE_BYTES, make_app

log = logging.getLogger("demo_jenkins")


def main() -> None:
    """Serve until SIGTERM or SIGINT; a restart becomes a new process image."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    arguments = _parse_arguments()
    listening = _listen(arguments.port)
    port = listening.getsockname()[1]
    ending = asyncio.run(_serve(arguments, listening))
    log.info("ended %s", ending.value)
    if ending is not Ending.STOP:
        _start_again(port)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="demo_jenkins",
        description=__doc__,
        epilog="Faults, restarts, users and the clock on demand: docs/demo-controller.md",
    )
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--home", type=Path, required=True, help="directory for all state")
    parser.add_argument("--seed", action="store_true", help="make the qa jobs in an empty home")
    parser.add_argument("--executors", type=int, default=2)
    parser.add_argument("--ready-file", type=Path, help="gets url, user, token, pid as JSON")
    parser.add_argument("--language", default="en", help="of queue reasons: en or de")
    parser.add_argument("--root-url", help="configured root URL, if not the real one")
    parser.add_argument("--prefix", default="", help="context path such as /jenkins")
    parser.add_argument("--no-crumbs", action="store_true", help="without CSRF protection")
    parser.add_argument("--no-security", action="store_true", help="everybody may do all")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace, listening: socket.socket) -> Ending:
    """Serve until the end; how it ended."""
    options = Options(
        executors=arguments.executors,
        language=arguments.language,
        root_url=f"{arguments.root_url.rstrip('/')}/" if arguments.root_url else None,
        prefix=arguments.prefix.rstrip("/"),
        has_crumbs=not arguments.no_crumbs,
        has_security=not arguments.no_security,
    )
    own_url = f"http://127.0.0.1:{listening.getsockname()[1]}{options.prefix}/"
    controller = Controller(Home(arguments.home.resolve()), options, own_url)
    token = service_token(controller)
    if arguments.seed:
        seed(controller)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, controller.end, Ending.STOP)
    runner = web.AppRunner(
        make_app(controller),
        access_log=None,
        max_line_size=READABLE_LINE_BYTES,
        max_field_size=READABLE_LINE_BYTES,
        shutdown_timeout=1,
    )
    await runner.setup()
    await web.SockSite(runner, listening).start()
    if arguments.ready_file:
        _tell_ready(arguments.ready_file, own_url, token)
    log.info("listening on %s", own_url)
    ending = await _dispatch_until_the_end(controller)
    if ending is Ending.CRASH:
        controller.dispatcher.crash()
    await runner.cleanup()
    if ending is not Ending.CRASH:
        await controller.stop()
    return ending


async def _dispatch_until_the_end(controller: Controller) -> Ending:
    """Start builds until somebody ends this; an error in there ends it as well."""
    dispatching = asyncio.create_task(controller.dispatcher.run())
    ending = asyncio.create_task(controller.ending())
    await asyncio.wait({dispatching, ending}, return_when=asyncio.FIRST_COMPLETED)
    dispatching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await dispatching
    return ending.result()


def _listen(port: int) -> socket.socket:
    """The socket of this port of the loopback address."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise SystemExit(f"demo_jenkins: port {port}: {error.strerror}") from error


def _start_again(port: int) -> None:
    """Become a new start of the same controller, under the same pid and on the same port."""
    arguments = [*sys.argv[1:], "--port", str(port)]  # the last one counts
    os.execv(sys.executable, [sys.executable, "-m", "demo_jenkins", *arguments])  # noqa: S606 itself


def _tell_ready(path: Path, url: str, token: str) -> None:
    facts = {"url": url, "user": SERVICE_ACCOUNT, "token": token, "pid": os.getpid()}
    write_atomically(path, json.dumps(facts).encode())


if __name__ == "__main__":
    main()
