"""What the pass for cuts finds and costs: ``python -m tests.cuts_study FILM CUTS.json``.

CUTS.json: a list of the seconds at which the film is known to be cut. The film is read once as it
was without the pass, when more of it was decoded for its cuts, and once as it is.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from vmr.cues.course import FILM_LIMITS
from vmr.media.read import read_video

WITHIN_S = 0.081  # two frames at 25 a second
WITHOUT = replace(FILM_LIMITS, cuts_s=0.0, budget_s=12.0)


def processor_s() -> float:
    """Of all workers that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(film: Path, cuts: Path) -> None:
    """Print the share of the cuts that was found, and the seconds."""
    known = np.array(json.loads(cuts.read_text("utf-8")))
    for name, limits in (("without", WITHOUT), ("with", FILM_LIMITS)):
        used, begun = processor_s(), time.perf_counter()
        found = read_video(film, limits).cuts_s
        took, used = time.perf_counter() - begun, processor_s() - used
        share = np.mean([np.abs(found - cut).min(initial=np.inf) <= WITHIN_S for cut in known])
        print(f"{name:8s}{share:6.2f} of {len(known)}, {len(found)} found,", end=" ")
        print(f"{took:.1f} s, processor {used:.1f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
