"""Features on disk: found again by content, never half written, extracted anew when damaged."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vmr.commands import extract
from vmr.errors import ManifestError, MediaError, VmrError
from vmr.media.clip import AudioClip
from vmr.training.feature_cache import FeatureCache


@dataclass
class LoudnessEncoder:
    """One row per half second: the loudest sample. It counts how often it was asked."""

    id: str = "loudness"
    columns: tuple[str, ...] = ("peak:0",)
    licence: str = "none needed"
    commercial: bool = True
    rate_hz: int = 8000
    asked: list[int] = field(default_factory=list)

    @property
    def dim(self) -> int:
        return len(self.columns)

    def encode(self, clip: AudioClip) -> np.ndarray:
        self.asked.append(len(clip.samples))
        halves = np.array_split(np.abs(clip.samples), max(1, round(2 * clip.duration_s)))
        return np.array([[half.max()] * self.dim for half in halves], np.float32)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "sound.wav", level=0.5)


def write_sound(path: Path, level: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    square = np.where(np.arange(8000) % 80 < 40, level, -level)  # a constant would be no sound
    soundfile.write(path, square, 8000)
    return path


def test_a_file_is_encoded_once_and_found_again_under_another_name(
    sound: Path, tmp_path: Path
) -> None:
    encoder, cache = LoudnessEncoder(), FeatureCache(tmp_path / "cache")
    assert not cache.holds(sound, encoder)
    first = cache.music(sound, encoder)
    np.testing.assert_allclose(first, [[0.5], [0.5]], atol=1e-3)
    again = cache.music(sound.rename(tmp_path / "renamed.wav"), encoder)
    np.testing.assert_array_equal(first, again)
    assert len(encoder.asked) == 1 and cache.holds(tmp_path / "renamed.wav", encoder)


@pytest.mark.thorough
def test_a_changed_file_another_encoder_or_other_columns_are_encoded_anew(
    sound: Path, tmp_path: Path
) -> None:
    cache = FeatureCache(tmp_path / "cache")
    encoder = LoudnessEncoder()
    cache.music(sound, encoder)
    cache.music(write_sound(sound, level=0.25), encoder)
    assert len(encoder.asked) == 2
    for other in (
        LoudnessEncoder(id="louder"),
        LoudnessEncoder(id="loudness:other-weights"),  # as of a hub: one kind, two models
        LoudnessEncoder(columns=("peak:0", "peak:1")),
    ):
        assert cache.music(sound, other).shape == (2, other.dim)
        assert len(other.asked) == 1


@pytest.mark.parametrize("keep", [0, 20, -4])
def test_a_damaged_file_is_extracted_anew(sound: Path, tmp_path: Path, keep: int) -> None:
    encoder, cache = LoudnessEncoder(), FeatureCache(tmp_path / "cache")
    first = cache.music(sound, encoder)
    (kept,) = cache.folder.rglob("*.safetensors")
    kept.write_bytes(kept.read_bytes()[:keep])
    assert not cache.holds(sound, encoder)
    np.testing.assert_array_equal(cache.music(sound, encoder), first)
    assert len(encoder.asked) == 2 and cache.holds(sound, encoder)


def test_nothing_is_left_behind_when_encoding_is_stopped(sound: Path, tmp_path: Path) -> None:
    class Stopped(LoudnessEncoder):
        def encode(self, clip: AudioClip) -> np.ndarray:
            raise KeyboardInterrupt

    cache = FeatureCache(tmp_path / "cache")
    with pytest.raises(KeyboardInterrupt):
        cache.music(sound, Stopped())
    assert not list(tmp_path.glob("cache/**/*.*"))


def test_values_that_are_not_finite_are_not_kept(sound: Path, tmp_path: Path) -> None:
    class Broken(LoudnessEncoder):
        def encode(self, clip: AudioClip) -> np.ndarray:
            return np.full((1, 1), np.nan, np.float32)

    cache = FeatureCache(tmp_path / "cache")
    with pytest.raises(ValueError, match="not finite"):
        cache.music(sound, Broken())
    assert not cache.holds(sound, Broken())


def test_an_unreadable_file_is_a_media_error(tmp_path: Path) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("no sound in here")
    with pytest.raises(MediaError, match=r"notes\.wav"):
        FeatureCache(tmp_path / "cache").music(text, LoudnessEncoder())
    with pytest.raises(MediaError, match=r"gone\.wav does not exist"):
        FeatureCache(tmp_path / "cache").music(tmp_path / "gone.wav", LoudnessEncoder())


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    extract.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_extract_goes_on_where_it_was_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, level in (("a", 0.1), ("b", 0.2), ("sub/c", 0.3)):
        write_sound(tmp_path / "music" / f"{name}.wav", level)
    (tmp_path / "music" / "bad.wav").write_text("not a sound")
    call = arguments("--music", tmp_path / "music", "--cache", tmp_path / "cache", "--device=cpu")
    assert extract.run(call) == 1
    told = capsys.readouterr()
    assert "3 of 4 files" in told.out and "not extracted" in told.err and "bad.wav" in told.err
    (tmp_path / "music" / "bad.wav").unlink()
    written = {p: p.stat().st_mtime_ns for p in tmp_path.glob("cache/**/*.safetensors")}
    assert len(written) == 3
    lost = sorted(written)[0]
    lost.unlink()
    assert extract.run(call) == 0
    now = {p: p.stat().st_mtime_ns for p in tmp_path.glob("cache/**/*.safetensors")}
    assert now.keys() == written.keys()
    assert [p for p in now if now[p] != written[p]] == [lost]


def test_a_pair_without_music_means_the_videos_own_sound(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "song.wav"):
        (tmp_path / name).touch()
    table = tmp_path / "pairs.csv"
    table.write_text("id,video,music,split\n1,a.mp4,song.wav,train\n2,b.mp4,,val\n3,x.npy,y.npy,\n")
    found = [(job.kind, job.path.name) for job in extract.find_files(arguments("--pairs", table))]
    assert found == [
        ("video", "a.mp4"),
        ("music", "song.wav"),
        ("video", "b.mp4"),
        ("music", "b.mp4"),
    ]


def test_missing_files_of_a_table_are_listed_by_row(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("id,video,music\n1,gone.mp4,lost.wav\n")
    with pytest.raises(ManifestError, match=r"row 2: video 'gone\.mp4'; row 2: music 'lost\.wav'"):
        list(extract.find_files(arguments("--pairs", table)))


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    with pytest.raises(VmrError, match="nothing to extract"):
        extract.run(arguments("--music", tmp_path))
