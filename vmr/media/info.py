"""What a media file holds: its streams, sizes and times."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

HDR = ("arib-std-b67", "smpte2084")  # HLG and PQ


@dataclass(frozen=True)
class MediaInfo:
    """What a file holds. Sizes in pixels after rotation; an absent stream has codec "".

    video_stream, audio_stream   index of the moving picture and of its sound in the file
    pictures      how many pictures it holds: of several, players may choose another one
    plain_pixels  whether the picture is 8-bit 4:2:0, which is all that browsers decode
    interlaced    whether it is stored as half pictures; transfer: "arib-std-b67" (HLG),
                  "smpte2084" (PQ), "" for all others
    channels      of the sound; at least 2 where the layout has no known name
    video_start_s, audio_start_s   after the start of the file
    restarts      whether ffmpeg counts time from the first stream in use, not from the file's start
    estimated     whether the length is only a guess from the bit rate
    """

    container: str
    duration_s: float
    video_codec: str
    width: int
    height: int
    fps: float
    audio_codec: str
    bytes: int
    plain_pixels: bool = True
    interlaced: bool = False
    transfer: str = ""
    video_stream: int = 0
    audio_stream: int = 0
    pictures: int = 0
    channels: int = 2
    video_start_s: float = 0.0
    audio_start_s: float = 0.0
    restarts: bool = False
    estimated: bool = False

    @property
    def has_video(self) -> bool:
        """Whether there is a moving picture."""
        return self.video_codec != ""

    @property
    def has_audio(self) -> bool:
        """Whether there is sound."""
        return self.audio_codec != ""

    @property
    def is_hdr(self) -> bool:
        """Whether the picture's brightness is coded as HDR."""
        return self.transfer in HDR

    @property
    def picture_at_s(self) -> float:
        """Where the first picture is in a run of ffmpeg that uses no sound."""
        return 0.0 if self.restarts else self.video_start_s

    @property
    def sound_before_s(self) -> float:
        """How long before the first picture a run that uses the sound alone begins to count."""
        return self.video_start_s - (self.audio_start_s if self.restarts else 0.0)

    def shown(self) -> dict[str, Any]:
        """Those of its fields that a VideoClip has too, apart from times."""
        return {"width": self.width, "height": self.height, "has_audio": self.has_audio}

    def to_json(self) -> dict[str, Any]:
        """Its fields, for the answer of the worker process."""
        return asdict(self)
