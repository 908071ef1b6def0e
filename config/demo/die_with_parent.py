"""`die_with_parent.py SIGNAL COMMAND...`: become a command that gets SIGNAL when its parent dies.

Linux alone can do that; elsewhere the command outlives its parent. Run by its path: what it
becomes should not wait for the imports of a package.
"""

import ctypes
import os
import signal
import sys

if __name__ == "__main__":
    name, *command = sys.argv[1:]
    if sys.platform == "linux":
        die_with_parent = 1  # PR_SET_PDEATHSIG in sys/prctl.h
        ctypes.CDLL(None).prctl(die_with_parent, signal.Signals[name])
    os.execvp(command[0], command)  # noqa: S606  it is to become that command
