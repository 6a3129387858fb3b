"""Times of the packets of a file, read through without decoding.

What a header says of a length is a claim; this is what is there. ffmpeg copies the packets to its
``framecrc`` muxer, which writes a line for each: stream, dts, pts, duration, size, checksum, flags.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from vmr.media.ffmpeg import start

LONGEST_S = 1e7  # a time beyond this makes no sense
_DISCARD = 4  # of the flags: decoded and not shown, before the start of an edit
_CORRUPT = 2  # less of it was there than announced
_BROKEN = ("partial file", "ended prematurely", "nvalid data", "runcated")


@dataclass
class Packets:
    """Of one stream: how many packets are shown, and the times of the first and of the end."""

    count: int = 0
    hidden: int = 0
    start_s: float = 0.0
    end_s: float = 0.0
    times_s: list[float] = field(default_factory=list)
    is_cut_off: bool = False

    @property
    def length_s(self) -> float:
        """Seconds from the first packet to the end of the last."""
        return max(self.end_s - self.start_s, 0.0)


def read_packets(
    source: list[str], streams: Sequence[int], most_s: float = 0.0
) -> dict[int, Packets]:
    """Packets of some streams of an input, by stream. ``source``: ffmpeg and its input arguments.

    most_s: not more than this is read, 0 for all.
    """
    return collect_packets(start_packets(source, streams, most_s), streams)


def start_packets(
    source: list[str], streams: Sequence[int], most_s: float = 0.0
) -> subprocess.Popen[bytes]:
    """The process whose output ``collect_packets`` reads."""
    command = [source[0], "-hide_banner", "-loglevel", "error", *source[1:]]
    for stream in streams:
        command += ["-map", f"0:{stream}"]
    command += ["-c", "copy", *(["-t", f"{most_s:.3f}"] if most_s else [])]
    command += ["-f", "framecrc", "pipe:1"]
    return start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def collect_packets(process: subprocess.Popen[bytes], streams: Sequence[int]) -> dict[int, Packets]:
    """The packets that a process tells of, read to its end."""
    assert process.stdout is not None
    found = packets_told(process.stdout, streams)
    process.wait()
    return found


def packets_told(lines: Iterable[bytes], streams: Sequence[int]) -> dict[int, Packets]:
    """The packets of lines of ``framecrc``."""
    found = {stream: Packets() for stream in streams}
    ticks = [1.0] * len(streams)
    for raw in lines:
        line = raw.decode("ascii", "replace")
        if base := re.match(r"#tb (\d+): (\d+)/(\d+)", line):
            ticks[int(base[1])] = int(base[2]) / int(base[3])
        elif line[:1].isdigit():
            place = int(line.split(",", 1)[0])
            _add(found[streams[place]], line, ticks[place])
        elif any(word in line for word in _BROKEN):
            for packets in found.values():
                packets.is_cut_off = True
    return found


def _add(packets: Packets, line: str, tick: float) -> None:
    cells = [cell.strip() for cell in line.split(",")]
    dts, pts, duration = (int(cell) * tick for cell in cells[1:4])
    flags = next((int(cell[2:], 16) for cell in cells[6:] if cell.startswith("F=")), 1)
    time_s = pts if abs(pts) < LONGEST_S else dts
    packets.is_cut_off |= bool(flags & _CORRUPT)
    if flags & _DISCARD:
        packets.hidden += 1
        return
    if abs(time_s) >= LONGEST_S:
        time_s = packets.times_s[-1] if packets.times_s else 0.0
    first = packets.count == 0
    packets.count += 1
    packets.times_s.append(time_s)
    packets.start_s = time_s if first else min(packets.start_s, time_s)
    packets.end_s = time_s + duration if first else max(packets.end_s, time_s + duration)
