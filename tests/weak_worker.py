"""A media worker on a system that can refuse no calls: no libseccomp, or an old kernel."""

from __future__ import annotations

import sys

from vmr.media import confine, worker


def cannot(may_start: bool) -> None:
    """What ``_hold_calls`` does there."""
    raise OSError("libseccomp.so.2: cannot open shared object file")


if __name__ == "__main__":
    confine._hold_calls = cannot
    sys.exit(worker.main(sys.argv[1:]))
