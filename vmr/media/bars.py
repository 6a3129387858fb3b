"""Black bars around a picture: a wide film in a tall frame, a tall one in a wide frame. numpy only.

They are no part of what was filmed: with them a bright wedding is a dark picture, and everything in
it moves half as much.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vmr.media.video_stats import LUMA_SHRINK

BLACK = 20  # of 255; a bar of a compressed video is hardly brighter
LIT = 32  # what at least LIT_SHARE of the picture's own edge exceeds in some frame
LIT_SHARE = 0.6  # a globe in front of black space has an edge too, but no straight one
LEAST_BAR = 2  # lines of the luma plane, on both sides
LEAST_LEFT = 16  # lines of the luma plane that a picture keeps in each direction
LOPSIDED = 4  # lines by which the two bars may differ: a title under a picture is none

Area = tuple[slice, slice]


def inside_bars(lumas: NDArray[np.uint8]) -> Area | None:
    """Rows and columns of the luma planes (G, h, w) that are picture in any frame; None where there
    are no straight black bars on two opposite sides."""
    brightest = lumas.max(axis=0)
    columns = _between(brightest[_between(brightest)].T)
    area = _between(brightest[:, columns]), columns
    return None if brightest[area].size == brightest.size else area


def of_pictures(area: Area) -> Area:
    """The same rows and columns of the pictures that the planes were made of."""
    rows, columns = (slice(s.start * LUMA_SHRINK, s.stop * LUMA_SHRINK) for s in area)
    return rows, columns


def _between(brightest: NDArray[np.uint8]) -> slice:
    """Rows of (h, w) between a bar at the top and one at the bottom."""
    count = len(brightest)
    whole = slice(0, count)
    lit = np.flatnonzero(brightest.max(axis=1) > BLACK)
    if not len(lit):
        return whole
    top, bottom = int(lit[0]), count - 1 - int(lit[-1])
    if min(top, bottom) < LEAST_BAR or abs(top - bottom) > LOPSIDED:
        return whole
    # The first line may be half bar: the next one tells whether the edge is straight.
    top, bottom = top + 1, count - bottom - 1
    if bottom - top < LEAST_LEFT:
        return whole
    edges = brightest[[top, bottom - 1]]
    return slice(top, bottom) if ((edges > LIT).mean(axis=1) >= LIT_SHARE).all() else whole
