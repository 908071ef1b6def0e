"""gunicorn's settings: two processes with threads, loaded once, that die with their master."""

import ctypes
import signal
import sys

worker_class = "gthread"
workers = 2
threads = 8
preload_app = True
graceful_timeout = 5  # seconds
keepalive = 75  # seconds: who hangs up first loses no request, so that is left to the other side
control_socket_disable = True
limit_request_line = 8190  # bytes, the most it takes; a plan of 500 characters may have 6,000


def post_fork(server: object, worker: object) -> None:
    """Go at once when the master is killed: until then its port would stay taken.

    Elsewhere than on Linux gunicorn's own check takes a few seconds.
    """
    if sys.platform == "linux":
        die_with_parent = 1  # PR_SET_PDEATHSIG in sys/prctl.h
        ctypes.CDLL(None).prctl(die_with_parent, signal.SIGKILL)
