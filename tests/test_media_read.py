"""Videos and sounds of every usual kind are read: what is in them, and how they are turned."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import decord
import numpy as np
import pytest

from tests.media_files import AAC, X264, ffmpeg, good_file, picture, tone
from tests.variants import variants
from vmr.media.clip import VIDEO_STATS
from vmr.media.limits import MediaLimits
from vmr.media.plan import GRID_HZ
from vmr.media.read import probe, read_audio, read_video

LIMITS = MediaLimits()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("good")


@pytest.mark.parametrize(
    "name",
    variants(
        [
            "plain.mp4",
            "camera.mov",
            "vp9.webm",
            "vp8.webm",
            "live.webm",
            "film.mkv",
            "old.avi",
            "hevc.mp4",
            "av1.mp4",
            "loop.gif",
            "broadcast.ts",
            "windows.wmv",
            "flash.flv",
            "old.mpg",
            "ten_bit.mp4",
            "no_start_at_zero.mp4",
        ],
        5,
    ),
)
def test_a_container_and_codec_is_read(folder: Path, name: str) -> None:
    clip = read_video(good_file(folder, name))
    assert clip.frames.shape[1] == 256 and clip.frames.shape[2] in (454, 455)
    assert clip.frames.dtype == np.uint8 and clip.frames.std() > 40
    assert clip.duration_s == pytest.approx(2.0, abs=0.15)
    assert (clip.width, clip.height) == (320, 180)
    assert len(clip) == 2 and clip.notes == ()
    assert clip.times_s[0] == pytest.approx(0.5, abs=0.1)
    assert clip.has_audio == (name not in ("loop.gif", "ten_bit.mp4", "no_start_at_zero.mp4"))
    assert clip.stats.shape == (2, len(VIDEO_STATS)) and np.isfinite(clip.stats).all()


def test_frames_are_the_ones_that_decord_shows_at_their_times(folder: Path) -> None:
    path = good_file(folder, "longer.mp4")
    clip = read_video(path)
    assert len(clip) == 12
    wide, high = clip.frames.shape[2], clip.frames.shape[1]
    reader = decord.VideoReader(str(path), num_threads=1, width=wide, height=high)
    for frame, time_s in zip(clip.frames, clip.times_s, strict=True):
        expected = reader[round(float(time_s) * 25)].asnumpy()
        assert np.array_equal(frame, expected)


def test_the_same_file_gives_the_same_clip(folder: Path) -> None:
    path = good_file(folder, "plain.mp4")
    one, other = read_video(path), read_video(path)
    assert np.array_equal(one.frames, other.frames) and np.array_equal(one.stats, other.stats)


def test_a_phone_video_is_turned_upright(folder: Path) -> None:
    lying, upright = (read_video(good_file(folder, n)) for n in ("plain.mp4", "turned.mp4"))
    assert (upright.width, upright.height) == (180, 320)
    assert upright.frames.shape[1:3] == (455, 256)
    turned = np.rot90(lying.frames[0].astype(int))
    assert np.abs(turned - upright.frames[0]).mean() < 12
    assert np.abs(turned[::-1, ::-1] - upright.frames[0]).mean() > 40


def test_one_frame_is_a_clip_without_motion(folder: Path) -> None:
    clip = read_video(good_file(folder, "one_frame.mp4"))
    assert clip.frames.shape == (1, 256, 455, 3)
    assert clip.times_s[0] == 0 and len(clip.cuts_s) == 0
    assert not clip.stats[0, 7:].any() and clip.stats[0, 0] > 0.2
    assert len(read_video(good_file(folder, "two_frames.mp4"))) == 1


def test_frames_of_variable_rate_lie_at_their_real_times(folder: Path) -> None:
    clip = read_video(good_file(folder, "variable.mp4"))
    assert clip.duration_s == pytest.approx(4.0, abs=0.2)
    assert len(clip) == 4
    assert clip.times_s == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=0.15)


@pytest.mark.parametrize(
    "name, shape",
    variants(
        [
            ("odd_size.mp4", (256, 454)),
            ("tiny.mp4", (256, 256)),
            ("wide.mp4", (256, 1024)),
            ("fast.mp4", (256, 455)),
            ("slow.mp4", (256, 455)),
        ],
        2,
    ),
)
def test_unusual_sizes_and_rates_are_read(folder: Path, name: str, shape: tuple[int, int]) -> None:
    clip = read_video(good_file(folder, name))
    assert clip.frames.shape[1:3] == shape
    assert len(clip) == 2


def test_a_name_may_hold_anything_and_end_in_anything(folder: Path, tmp_path: Path) -> None:
    for name in ("夏 の 海\n'\"$(x)|%03d.mp4", "list.m3u8", "-i"):
        path = tmp_path / name
        shutil.copy(good_file(folder, "plain.mp4"), path)
        assert len(read_video(path)) == 2
        path.unlink()


def test_a_link_to_a_video_is_read(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.mp4"
    link.symlink_to(good_file(folder, "plain.mp4"))
    assert len(read_video(link)) == 2


def test_a_long_video_gives_at_most_max_frames_spread_over_it(folder: Path) -> None:
    clip = read_video(good_file(folder, "longer.mp4"), replace(LIMITS, max_frames=5))
    assert len(clip) == 5
    assert clip.times_s == pytest.approx([1.2, 3.6, 6.0, 8.4, 10.8], abs=1 / GRID_HZ)


@pytest.mark.thorough
def test_a_small_budget_still_covers_the_whole_video(folder: Path) -> None:
    path = good_file(folder, "longer.mp4")
    clip = read_video(path, replace(LIMITS, budget_s=0.001))
    assert 4 <= len(clip) <= 12
    assert clip.times_s[0] < 1 and clip.times_s[-1] > 9.9
    assert np.diff(clip.times_s).max() < 3
    whole = read_video(path)
    motion = VIDEO_STATS.index("motion")
    assert clip.stats[:, motion].mean() == pytest.approx(whole.stats[:, motion].mean(), rel=0.3)


def test_probe_says_what_is_in_a_file(folder: Path) -> None:
    info = probe(good_file(folder, "plain.mp4"))
    assert (info.video_codec, info.audio_codec) == ("h264", "aac")
    assert (info.width, info.height, info.fps) == (320, 180, 25)
    assert info.duration_s == pytest.approx(2.0, abs=0.05)
    turned = probe(good_file(folder, "turned.mp4"))
    assert (turned.width, turned.height) == (180, 320)


def test_pixels_that_are_not_square_count_in_the_width(tmp_path: Path) -> None:
    path = tmp_path / "dv.mp4"
    ffmpeg(*picture(1, "144x120"), "-vf", "setsar=2/1", *X264, str(path))
    clip = read_video(path)
    assert (clip.width, clip.height) == (288, 120)
    assert clip.frames.shape[1:3] == (256, 614)


def strongest_hz(samples: np.ndarray, rate_hz: int) -> float:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / rate_hz)[power.argmax()])


@pytest.mark.parametrize("name", ["plain.mp4", "vp9.webm", "old.avi", "windows.wmv"])
def test_the_sound_of_a_video_is_read_at_the_rate_that_is_wanted(folder: Path, name: str) -> None:
    clip = read_audio(good_file(folder, name), 16000)
    assert clip.samples.dtype == np.float32 and clip.samples.ndim == 1
    assert clip.duration_s == pytest.approx(2.0, abs=0.1)
    assert strongest_hz(clip.samples, 16000) == pytest.approx(440, abs=2)
    assert clip.samples[8000:24000].std() == pytest.approx(0.125 / 2**0.5, rel=0.15)


@pytest.mark.parametrize("ending", ["wav", "mp3", "flac", "ogg", "opus", "m4a", "aiff", "au"])
def test_a_music_file_is_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"song.{ending}"
    ffmpeg(*tone(1), str(path))
    clip = read_audio(path, 22050)
    assert clip.duration_s == pytest.approx(1.0, abs=0.08)
    assert strongest_hz(clip.samples, 22050) == pytest.approx(440, abs=2)


def test_sound_is_read_from_a_start_and_for_a_time(tmp_path: Path) -> None:
    path = tmp_path / "two.wav"
    ffmpeg(*tone(2, 300), *tone(2, 900), "-filter_complex", "concat=v=0:a=1", str(path))
    clip = read_audio(path, 16000, start_s=2.25, max_s=0.5)
    assert clip.duration_s == pytest.approx(0.5, abs=0.001)
    assert strongest_hz(clip.samples, 16000) == pytest.approx(900, abs=3)


def test_a_track_longer_than_the_limit_can_still_be_read_in_part(tmp_path: Path) -> None:
    path = tmp_path / "long.mp3"
    ffmpeg(*tone(4), str(path))
    short = replace(LIMITS, max_duration_s=2.0)
    assert read_audio(path, 8000, short, max_s=1.0).duration_s == pytest.approx(1, abs=0.01)


def test_a_cut_off_track_is_used_and_said(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.wav", tmp_path / "cut.wav"
    ffmpeg(*tone(8), str(whole))
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    clip = read_audio(path, 16000)
    assert clip.duration_s == pytest.approx(4, abs=0.1)
    assert not clip.notes or "up to 4 s" in str(clip.notes[0])


def test_stereo_becomes_the_mean_of_its_sides(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    merged = ("-filter_complex", "[0:a][1:a]amerge=inputs=2", "-ac", "2")
    ffmpeg(*tone(1, 300), *tone(1, 900), *merged, str(path))
    samples = read_audio(path, 16000).samples
    power = np.abs(np.fft.rfft(samples)) / len(samples) * 2
    assert power[[300, 900]] == pytest.approx([0.0625, 0.0625], rel=0.1)


def test_times_that_make_no_sense_are_a_callers_bug(folder: Path) -> None:
    path = good_file(folder, "plain.mp4")
    with pytest.raises(ValueError):
        read_audio(path, 0)
    with pytest.raises(ValueError):
        read_audio(path, 16000, start_s=-1)


def test_audio_of_aac_in_mp4_starts_where_the_picture_starts(tmp_path: Path) -> None:
    path = tmp_path / "click.mp4"
    click = "aevalsrc='if(between(t,0.5,0.52),0.8,0)':s=44100:d=1"
    ffmpeg(*picture(1), "-f", "lavfi", "-i", click, *X264, *AAC, str(path))
    samples = read_audio(path, 16000).samples
    assert np.flatnonzero(np.abs(samples) > 0.2)[0] / 16000 == pytest.approx(0.5, abs=0.01)
