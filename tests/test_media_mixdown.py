"""A video with chosen music: what is heard, how loud it is, and that the picture is untouched."""

from __future__ import annotations

import itertools
import re
import time
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.media_files import AAC, X264, ffmpeg, good_file, picture, tone
from tests.variants import variants
from vmr.errors import MediaError
from vmr.media.bed import RATE_HZ, MixSettings, lay_bed
from vmr.media.limits import StoppedError
from vmr.media.loudness import correction
from vmr.media.mixdown import render
from vmr.media.playback import browser_playable
from vmr.media.read import probe, read_audio, read_video
from vmr.media.transcode import Run, run_ffmpeg

BARE = MixSettings(fade_in_s=0, fade_out_s=0, crossfade_s=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mix")


@pytest.fixture(scope="module")
def video(folder: Path) -> Path:
    """Eight seconds with a tone of 440 Hz from the third to the fifth."""
    path = folder / "video.mp4"
    own = "aevalsrc='0.4*sin(2*PI*440*t)*between(t,3,5)':s=44100:d=8"
    ffmpeg(*picture(8), "-f", "lavfi", "-i", own, *X264, *AAC, "-g", "50", str(path))
    return path


@pytest.fixture(scope="module")
def music(folder: Path) -> Path:
    """Five seconds of 1000 Hz, stereo, quiet."""
    path = folder / "music.wav"
    ffmpeg(*tone(5, 1000), "-ac", "2", str(path))
    return path


@lru_cache(maxsize=2)
def sound(path: Path) -> np.ndarray:
    """The whole sound of a file, mono at 16 kHz."""
    return read_audio(path, 16000).samples


def level_db(path: Path, hz: float, start_s: float, length_s: float = 1.0) -> float:
    """Level of one frequency in a part of a file's sound, dB of full scale."""
    samples = sound(path)[round(start_s * 16000) :][: round(length_s * 16000)]
    wave = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / 16000) * np.hanning(len(samples))
    return float(20 * np.log10(np.abs(wave @ samples) * 4 / len(samples) + 1e-9))


def loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dB), by ffmpeg's EBU R 128 meter."""
    words = ffmpeg("-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-")
    integrated = re.findall(r"I:\s+(-?[\d.]+) LUFS", words)[-1]
    return float(integrated), float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", words)[-1])


def picture_hash(path: Path) -> str:
    """Hash of the compressed picture, packet by packet."""
    words = ffmpeg("-i", str(path), "-map", "0:v", "-c", "copy", "-f", "md5", "pipe:2")
    return re.findall(r"MD5=(\w+)", words)[0]


@pytest.fixture(scope="module")
def plain_mix(folder: Path, video: Path, music: Path) -> tuple[Path, list[float]]:
    told: list[float] = []
    return render(video, music, folder / "plain_mix.mp4", progress=told.append), told


def test_the_result_is_as_long_as_the_video_with_its_picture_untouched(plain_mix, video) -> None:
    out, _ = plain_mix
    info, source = probe(out), probe(video)
    assert info.duration_s == pytest.approx(source.duration_s, abs=0.05)
    assert (info.video_codec, info.audio_codec) == ("h264", "aac")
    assert picture_hash(out) == picture_hash(video)
    assert out.stat().st_mode & 0o044, "others may read it"


def test_it_is_as_loud_as_wanted_within_one_unit(plain_mix) -> None:
    integrated, peak_db = loudness(plain_mix[0])
    assert integrated == pytest.approx(-14, abs=0.5)
    assert peak_db < 0


def test_music_with_high_peaks_is_limited_and_not_cut(folder, video, tmp_path) -> None:
    drums = tmp_path / "drums.wav"
    beat = "aevalsrc='0.9*exp(-30*mod(t,0.5))*sin(2*PI*90*t)+0.02*sin(2*PI*700*t)':s=48000:d=8"
    ffmpeg("-f", "lavfi", "-i", beat, str(drums))
    integrated, peak_db = loudness(render(video, drums, tmp_path / "out.mp4"))
    assert integrated == pytest.approx(-14, abs=1)
    assert peak_db < 0.2


def test_silence_stays_silent(video, tmp_path) -> None:
    still = tmp_path / "still.wav"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=d=3", str(still))
    samples = read_audio(render(video, still, tmp_path / "out.mp4"), 16000).samples
    assert np.abs(samples).max() < 1e-3


def test_the_original_sound_is_off_unless_wanted(plain_mix) -> None:
    out, _ = plain_mix
    assert level_db(out, 1000, 3.5) > -20
    assert level_db(out, 440, 3.5) < level_db(out, 1000, 3.5) - 40


def test_a_short_track_begins_again_without_a_hole(plain_mix) -> None:
    levels = [level_db(plain_mix[0], 1000, start_s, 0.5) for start_s in np.arange(0.5, 5.5, 0.5)]
    assert max(levels) - min(levels) < 4


def test_progress_rises_to_one(plain_mix) -> None:
    told = plain_mix[1]
    assert told[-1] == 1.0 and len(told) >= 4
    assert all(b >= a for a, b in itertools.pairwise(told))


def test_music_yields_to_the_original_sound_and_comes_back(folder, video, music) -> None:
    settings = MixSettings(original="duck", fade_out_s=0)
    out = render(video, music, folder / "duck.mp4", settings)
    before, under, after = (level_db(out, 1000, s) for s in (1.5, 3.8, 6.5))
    assert under < before - 7
    assert after == pytest.approx(before, abs=2)
    assert level_db(out, 440, 3.8) > under + 6
    assert loudness(out)[0] == pytest.approx(-14, abs=0.5)


def test_a_mix_keeps_the_two_volumes(folder, video, music) -> None:
    one = render(video, music, folder / "mix.mp4", MixSettings(original="mix"))
    other = render(
        video, music, folder / "mix2.mp4", MixSettings(original="mix", music_volume=0.25)
    )
    third = render(
        video, music, folder / "mix3.mp4", MixSettings(original="mix", original_volume=0.25)
    )
    first, less_music, less_original = (
        level_db(path, 440, 3.5) - level_db(path, 1000, 3.5) for path in (one, other, third)
    )
    assert less_music - first == pytest.approx(12, abs=1)
    assert less_original - first == pytest.approx(-12, abs=1)


def test_quiet_speech_makes_the_music_yield_as_loud_speech_does(folder, video, music) -> None:
    """It is brought to a level of its own before it steers: 30 dB less changes little."""
    quiet = folder / "quiet.mp4"
    ffmpeg("-i", str(video), "-c:v", "copy", "-af", "volume=-30dB", *AAC, str(quiet))
    out = render(quiet, music, folder / "duck2.mp4", MixSettings(original="duck", fade_out_s=0))
    assert level_db(out, 1000, 3.8) < level_db(out, 1000, 1.5) - 7


def test_peaks_between_the_samples_are_limited_too(tmp_path) -> None:
    """A tone at a quarter of the rate whose samples all lie 3 dB below its peaks."""
    tone_between, out = tmp_path / "between.wav", tmp_path / "out.wav"
    wave = "aevalsrc='sin(2*PI*12000*t+PI/4)*min(1,5*t)*min(1,5*(2-t))':s=48000:d=2"
    ffmpeg("-f", "lavfi", "-i", wave, "-c:a", "pcm_f32le", str(tone_between))
    samples, _ = soundfile.read(tone_between)
    assert np.abs(samples).max() == pytest.approx(0.7071, abs=0.01)
    assert loudness(tone_between)[1] == pytest.approx(0, abs=0.3)
    ffmpeg("-i", str(tone_between), "-af", correction(0.0, -1.0, RATE_HZ), str(out))
    assert loudness(out)[1] < -0.7


def test_a_video_without_sound_from_another_container_is_encoded(folder, music, tmp_path) -> None:
    silent = tmp_path / "silent.webm"
    ffmpeg(*picture(2), "-c:v", "libvpx", "-deadline", "realtime", str(silent))
    out = render(silent, music, tmp_path / "out.mp4", MixSettings(original="duck"))
    info = probe(out)
    assert (info.video_codec, info.audio_codec) == ("h264", "aac")
    assert info.duration_s == pytest.approx(2, abs=0.1)


def test_a_cancelled_rendering_leaves_no_file(folder, video, music, tmp_path) -> None:
    begun = time.monotonic()
    with pytest.raises(StoppedError, match="stopped"):
        render(video, music, tmp_path / "out.mp4", cancel=lambda: time.monotonic() > begun + 0.4)
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - begun < 120


def test_files_that_cannot_be_mixed_are_named(folder, video, music, tmp_path) -> None:
    out = tmp_path / "out.mp4"
    with pytest.raises(MediaError, match=r"music.wav has no moving picture"):
        render(music, music, out)
    with pytest.raises(MediaError, match=r"silent.mp4 has no sound"):
        render(video, good_file(folder, "silent.mp4"), out)
    with pytest.raises(MediaError, match=r"gone.mp3 does not exist"):
        render(video, tmp_path / "gone.mp3", out)
    assert not out.exists()


def bed(tmp_path: Path, track: np.ndarray, length: int, settings: MixSettings) -> np.ndarray:
    path = tmp_path / "bed.f32"
    lay_bed(track.astype(np.float32), length, settings, path)
    return np.fromfile(path, np.float32).reshape(-1, 2)


def ramp(length: int) -> np.ndarray:
    return np.repeat(np.linspace(0, 1, length)[:, None], 2, 1)


def test_a_loop_without_crossfade_repeats_the_track_to_the_sample(tmp_path: Path) -> None:
    track = ramp(1000)
    laid = bed(tmp_path, track, 2500, BARE)
    assert np.allclose(laid, np.concatenate([track, track, track[:500]]))


def test_the_start_is_where_the_video_begins_in_the_track(tmp_path: Path) -> None:
    track = ramp(2 * RATE_HZ)
    laid = bed(tmp_path, track, 1000, MixSettings(music_start_s=0.5, fade_in_s=0, fade_out_s=0))
    assert np.allclose(laid, track[RATE_HZ // 2 : RATE_HZ // 2 + 1000])


def test_a_crossfade_keeps_the_power_of_unrelated_sounds(tmp_path: Path) -> None:
    track = np.random.default_rng(0).normal(size=(4 * RATE_HZ, 2))
    settings = MixSettings(crossfade_s=1.0, fade_in_s=0, fade_out_s=0)
    laid = bed(tmp_path, track, 9 * RATE_HZ, settings)
    assert len(laid) == 9 * RATE_HZ
    power = (laid.reshape(90, RATE_HZ // 10, 2) ** 2).mean((1, 2))
    assert power == pytest.approx(np.ones(90), abs=0.08)
    assert np.allclose(laid[4 * RATE_HZ : 6 * RATE_HZ], track[RATE_HZ : 3 * RATE_HZ], atol=1e-6)


def test_a_track_that_is_not_looped_ends_in_silence_after_a_fade(tmp_path: Path) -> None:
    settings = MixSettings(fit="cut", fade_in_s=0, fade_out_s=0.5)
    laid = bed(tmp_path, np.ones((RATE_HZ, 2)), 2 * RATE_HZ, settings)
    assert (laid[: RATE_HZ // 2] == 1).all() and not laid[RATE_HZ:].any()
    assert laid[RATE_HZ * 3 // 4, 0] == pytest.approx(0.5, abs=0.01)


def test_the_sound_fades_in_from_silence(tmp_path: Path) -> None:
    settings = MixSettings(fade_in_s=0.5, fade_out_s=0)
    laid = bed(tmp_path, np.ones((2 * RATE_HZ, 2)), RATE_HZ, settings)
    assert laid[0, 0] == 0 and (laid[RATE_HZ // 2 :] == 1).all()
    assert laid[RATE_HZ // 4, 0] == pytest.approx(0.5, abs=0.01)


def test_a_start_after_the_end_of_a_track_begins_it_again(tmp_path: Path) -> None:
    laid = bed(tmp_path, ramp(1000), 1500, MixSettings(music_start_s=99, fade_in_s=0, fade_out_s=0))
    assert len(laid) == 1500 and laid[-1, 0] > 0.4


@pytest.mark.parametrize(
    "wrong",
    [
        {"music_start_s": -1},
        {"fade_in_s": float("nan")},
        {"fit": "stretch"},
        {"original": "loud"},
        {"music_volume": 3},
        {"loudness_lufs": 0},
    ],
)
def test_settings_that_make_no_sense_do_not_construct(wrong: dict) -> None:
    with pytest.raises(ValueError):
        MixSettings(**wrong)


def test_no_filter_text_comes_from_a_file_name(folder, video, music, tmp_path) -> None:
    strange = tmp_path / "a';[x]volume=9,%03d=夏.wav"
    strange.write_bytes(music.read_bytes())
    out = render(video, strange, tmp_path / "o'ut;.mp4")
    assert probe(out).audio_codec == "aac"


@pytest.mark.parametrize("name", ["plain.mp4", "vp9.webm", "turned.mp4"])
def test_what_browsers_play_is_given_as_it_is(folder: Path, tmp_path: Path, name: str) -> None:
    path = good_file(folder, name)
    assert browser_playable(path, tmp_path) == path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", variants(["old.avi", "hevc.mp4", "ten_bit.mp4", "film.mkv", "loop.gif"])
)
def test_what_browsers_do_not_play_becomes_h264(folder: Path, tmp_path: Path, name: str) -> None:
    path = good_file(folder, name)
    copy = browser_playable(path, tmp_path)
    info = probe(copy)
    assert copy.suffix == ".mp4" and info.video_codec == "h264" and info.plain_pixels
    assert info.has_audio == probe(path).has_audio
    assert info.duration_s == pytest.approx(2, abs=0.15)
    one, other = read_video(path).frames[0], read_video(copy).frames[0]
    assert np.abs(one[:, :454].astype(int) - other[:, :454]).mean() < 10


def test_a_copy_is_made_once_and_known_by_its_content(folder: Path, tmp_path: Path) -> None:
    path = good_file(folder, "old.avi")
    first = browser_playable(path, tmp_path)
    made = first.stat().st_mtime_ns
    renamed = tmp_path / "another name.avi"
    renamed.write_bytes(path.read_bytes())
    assert browser_playable(renamed, tmp_path) == first
    assert first.stat().st_mtime_ns == made


def test_a_phone_video_stays_upright_in_its_copy(folder: Path, tmp_path: Path) -> None:
    mov = tmp_path / "phone.mov"
    mov.write_bytes(good_file(folder, "turned.mp4").read_bytes())
    info = probe(browser_playable(mov, tmp_path))
    assert (info.width, info.height) == (180, 320)


def test_a_failed_conversion_is_a_sentence_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"x.mp4 could not be converted\. It may"):
        run_ffmpeg(Run(["-i", str(tmp_path / "nothing"), str(tmp_path / "out.mp4")], "x.mp4"))
    assert list(tmp_path.iterdir()) == []
