"""Test reports as Jenkins answers them, and a server that answers one."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def case(name: str, status: str = "PASSED", **fields: Any) -> dict[str, Any]:
    """One testcase of a report."""
    return {
        "className": "tests.test_cards",
        "name": name,
        "status": status,
        "duration": 0.5,
    } | fields


def report(*cases: dict[str, Any]) -> str:
    """A report with one suite."""
    return json.dumps(_result(*cases))


def matrix_report(**parts: list[dict[str, Any]]) -> str:
    """The report of a matrix job: the cases for each value of its axis OS."""
    url = "http://jenkins.test/job/qa/job/m"
    children = [
        {"child": {"url": f"{url}/OS={value}/3/"}, "result": _result(*cases)}
        for value, cases in parts.items()
    ]
    return json.dumps({"failCount": 0, "skipCount": 0, "childReports": children})


def _result(*cases: dict[str, Any]) -> dict[str, Any]:
    counts = {"passCount": 0, "failCount": 0, "skipCount": 0, "duration": 1.0}
    return counts | {"suites": [{"name": "pytest", "cases": cases}]}


class ReportServer(ThreadingHTTPServer):
    """Answers every request with ``status`` and ``body``, and keeps what was asked."""

    status, body = 200, report()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def stop(self) -> None:
        """Close the port: whoever asks now is refused."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ReportServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.body.encode(errors="surrogatepass")
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: pytest's output is for pytest."""
