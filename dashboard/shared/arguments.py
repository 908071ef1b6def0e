"""What commands take from a shell."""

from __future__ import annotations

import argparse
import sys


def text(given: str) -> str:
    """An argument as it is; bytes of another encoding arrive as lone surrogates (PEP 383).

    Raises ArgumentTypeError for those: they cannot be kept, nor sent.
    """
    try:
        given.encode()
    except UnicodeEncodeError:
        encoding = sys.getfilesystemencoding()
        raise argparse.ArgumentTypeError(f"{given!r} is not text in {encoding}.") from None
    return given
