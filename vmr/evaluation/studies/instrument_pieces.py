"""The pieces that instruments are measured on: free General MIDI files, made into sound.

A piece is rendered as it is written with each soundfont, and twice more without drums and with its
loudest voice given to an instrument whose turn it is: rare instruments are met too, and pieces
without the usual ones. What sounds in a rendering is known from its events
(vmr.evaluation.studies.general_midi). Rendered sound is kept in the cache.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from vmr.errors import MediaError, VmrError
from vmr.evaluation.studies.general_midi import (
    Event,
    audible,
    excerpt,
    midi_bytes,
    midi_files,
    read_events,
    revoiced,
)
from vmr.files import cache_folder, replacing
from vmr.knowledge.starter.pictures import fetch_packages, has_apt

# Debian packages with General MIDI files, and which half of the pieces theirs are: thresholds are
# chosen on the first. BSD: freedoom, freedm; GPL: openttd-openmsx, planetblupi-music-midi, mma,
# playmidi, liquidwar-data, crimson, freedink-data (music in parts under CC-BY-SA);
# Artistic: simutrans-data; CC-BY: pianobooster.
HALVES: Mapping[str, int] = {
    **dict.fromkeys(("freedoom", "freedm", "openttd-openmsx"), 0),
    **dict.fromkeys(("simutrans-data", "freedink-data", "planetblupi-music-midi", "mma"), 1),
    **dict.fromkeys(("pianobooster", "playmidi", "liquidwar-data", "crimson"), 1),
}
SOUNDFONT_PACKAGES = ("fluid-soundfont-gm", "timgm6mb-soundfont")
SOUNDFONTS = ("FluidR3_GM.sf2", "TimGM6mb.sf2")
INSTALLED = Path("/usr/share/sounds/sf2")

# What the loudest voice is given to, in turn, and by which programs.
VOICES: tuple[tuple[int, ...], ...] = (
    (0, 1),  # piano
    (24, 25, 27, 30),  # guitar
    (48, 40, 42),  # strings
    (81, 80, 89, 90),  # synth
    (73, 75),  # flute
    (46,),  # harp
    (6,),  # harpsichord
    (104,),  # sitar
    (52, 53),  # choir
)
REVOICED, APART = 2, 4  # of a piece; how far apart in VOICES
RATE_HZ = 22050  # more than the tagger hears
LIMIT_S = 120.0  # of one rendering


@dataclass(frozen=True)
class Rendering:
    """One sound to be made: its MIDI file and soundfont, and what one hears in it.

    piece: a number, the same for all renderings of a piece; half: 0 to choose on, 1 to measure on;
    written: as its composer wrote it, False where a voice was given away.
    """

    piece: int
    half: int
    written: bool
    midi: bytes
    soundfont: Path
    audible: frozenset[str]


def fetch(say: Callable[[str], None]) -> Path:
    """The packages, in the cache folder. MediaError without apt, or where one cannot be had."""
    if not has_apt():
        raise MediaError("instruments.no_apt")
    return fetch_packages(say, (*HALVES, *SOUNDFONT_PACKAGES), "midi")


def soundfonts(folder: Path) -> list[Path]:
    """SOUNDFONTS, under the folder or where Debian installs them. VmrError without any."""
    inside = {path.name: path for path in sorted(folder.rglob("*.sf2"))}
    found = [inside.get(name, INSTALLED / name) for name in SOUNDFONTS]
    if not any(path.is_file() for path in found):
        raise VmrError("instruments.soundfont", names=", ".join(SOUNDFONTS))
    return [path for path in found if path.is_file()]


def plan(folder: Path, most: int | None = None) -> list[Rendering]:
    """What is to be rendered of the pieces under a folder, ``most`` pieces at most.

    Which half a piece is in is told by the package that it is under, else by its bytes. VmrError
    where there is no piece or no soundfont.
    """
    fonts, found = soundfonts(folder), list[Rendering]()
    seen: set[bytes] = set()
    for name, data in midi_files(folder):
        events = excerpt(read_events(data))
        digest = hashlib.sha256(midi_bytes(events)).digest() if events else b""
        if not events or digest in seen:
            continue
        half = next((HALVES[p] for p in Path(name).parts if p in HALVES), digest[0] % 2)
        found += _renderings(len(seen), half, events, fonts)
        seen.add(digest)
        if len(seen) == most:
            break
    if not found:
        raise VmrError("instruments.none", folder=folder)
    return found


def _renderings(
    piece: int, half: int, events: Sequence[Event], fonts: Sequence[Path]
) -> list[Rendering]:
    written = midi_bytes(events)
    found = [Rendering(piece, half, True, written, font, audible(events)) for font in fonts]
    for step in range(REVOICED):
        turn = piece // len(VOICES) + step
        programs = VOICES[(piece + APART * step) % len(VOICES)]
        other = revoiced(events, programs[turn % len(programs)])
        if other:
            font = fonts[turn % len(fonts)]
            found.append(Rendering(piece, half, False, midi_bytes(other), font, audible(other)))
    return found


def render_all(
    renderings: Sequence[Rendering], jobs: int, progress: Callable[[], object]
) -> list[Path | None]:
    """The sound of each, None where fluidsynth failed. VmrError where there is no fluidsynth."""
    if not shutil.which("fluidsynth"):
        raise VmrError("instruments.fluidsynth")
    folder = cache_folder() / "rendered"

    def one(rendering: Rendering) -> Path | None:
        found = render(rendering, folder)
        progress()
        return found

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, renderings))


def render(rendering: Rendering, folder: Path) -> Path | None:
    """Make one sound in the folder, or find it there; None where fluidsynth fails."""
    name = hashlib.sha256(rendering.midi).hexdigest()[:24]
    target = folder / f"{name}-{rendering.soundfont.stem}.oga"
    if target.is_file():
        return target
    with TemporaryDirectory() as work:
        source = Path(work, "piece.mid")
        source.write_bytes(rendering.midi)
        command = ["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", str(RATE_HZ), "-T", "oga"]
        try:
            with replacing(target) as temporary:
                files = ["-F", str(temporary), str(rendering.soundfont), str(source)]
                subprocess.run([*command, *files], check=True, capture_output=True, timeout=LIMIT_S)
                if not temporary.stat().st_size:
                    raise OSError(f"nothing was written to {temporary}")
        except (subprocess.SubprocessError, OSError):
            return None
    return target
