"""Whole kinds of ordinary files: where sound and picture begin, covers, HDR, half pictures, times
that make no sense, wrong headers, edits, cancelling channels, and every container of music."""

from __future__ import annotations

import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from tests.media_files import AAC, X264, ffmpeg, good_file, picture, tone
from tests.media_kinds import ape_tag, boxes, hdr, id3, shifted_sound, sound, with_cover
from tests.variants import variants
from vmr.errors import MediaError
from vmr.media.clip import VIDEO_STATS
from vmr.media.mixdown import MixSettings, render
from vmr.media.playback import browser_playable
from vmr.media.read import probe, read_audio, read_timeline, read_video

CONTRAST, SATURATION = VIDEO_STATS.index("contrast"), VIDEO_STATS.index("saturation")
BARE = MixSettings(fade_in_s=0, fade_out_s=0, original="mix")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kinds")


@pytest.fixture(scope="module")
def music(folder: Path) -> Path:
    path = folder / "music.wav"
    ffmpeg(*tone(4, 200), str(path))
    return path


def burst_s(path: Path) -> tuple[float, float]:
    """When 1000 Hz begins and ends in the sound of a file, to a hundredth of a second."""
    samples = read_audio(path, 16000).samples
    parts = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    level = np.abs(parts @ np.exp(-2j * np.pi * np.arange(160) / 16))
    loud = np.flatnonzero(level > level.max() / 2)
    return loud[0] / 100, (loud[-1] + 1) / 100


@pytest.mark.parametrize(
    "name, picture_s, sound_s, codecs",
    variants(
        [
            ("late.mp4", 0, 0.4, ()),
            ("late.mkv", 0, 0.4, (*X264, "-c:a", "libvorbis")),
            ("late.ts", 0, 0.4, (*X264, "-c:a", "mp2")),
            ("late.webm", 0, 0.4, ("-c:v", "libvpx", "-deadline", "realtime")),
            ("early.mp4", 0.6, 0, ()),
            ("early.mov", 0.6, 0, (*X264, "-c:a", "pcm_s16le")),
            ("early.ts", 0.6, 0, ()),
        ]
    ),
)
def test_own_sound_keeps_its_place(
    folder: Path, music: Path, name: str, picture_s: float, sound_s: float, codecs: tuple[str, ...]
) -> None:
    path = shifted_sound(folder / name, picture_s, sound_s, *codecs)
    assert burst_s(path) == pytest.approx((0.5, 1.0), abs=0.03)
    later = read_audio(path, 16000, start_s=0.3).samples
    assert np.flatnonzero(np.abs(later) > 0.1)[0] / 16000 == pytest.approx(0.2, abs=0.03)
    out = render(path, music, folder / f"{name}.out.mp4", BARE)
    assert burst_s(out) == pytest.approx((0.5, 1.0), abs=0.03)
    assert read_timeline(out).length_s == pytest.approx(read_timeline(path).length_s, abs=0.04)
    assert read_timeline(out).info.video_start_s == 0


@pytest.mark.parametrize(
    "name, first, options",
    variants(
        [
            ("first.mkv", True, ()),
            ("last.mkv", False, ()),
            ("first.mov", True, ()),
            ("default.mkv", True, ("-disposition:v:0", "default", "-disposition:v:1", "0")),
            ("attached.mp4", False, ("-disposition:v:1", "attached_pic")),
        ]
    ),
)
def test_the_moving_picture_is_read_shown_and_rendered(
    folder: Path, music: Path, name: str, first: bool, options: tuple[str, ...]
) -> None:
    path = with_cover(folder / name, good_file(folder, "plain.mp4"), first, *options)
    clip = read_video(path)
    assert (clip.width, clip.height, len(clip)) == (320, 180, 2)
    expected = read_video(good_file(folder, "plain.mp4"))
    assert clip.stats == pytest.approx(expected.stats, abs=0.02)
    for out in (render(path, music, folder / "cover.mp4"), browser_playable(path, folder)):
        info = probe(out)
        assert (info.width, info.height, info.pictures) == (320, 180, 1)
        assert read_timeline(out).length_s == pytest.approx(2, abs=0.05)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name, codec",
    variants(
        [
            ("hlg.mov", ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1")),
            ("pq.mkv", ("-c:v", "libx264", "-preset", "ultrafast")),
            ("pq.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")),
        ]
    ),
)
def test_hdr_looks_like_the_same_picture_in_sdr(
    folder: Path, music: Path, name: str, codec: tuple[str, ...]
) -> None:
    transfer = "arib-std-b67" if name.startswith("hlg") else "smpte2084"
    tags = ("-color_trc", transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc")
    path = hdr(folder / name, transfer, *codec, *tags)
    assert probe(path).transfer == transfer
    expected = read_video(good_file(folder, "plain.mp4")).stats.mean(0)
    out = render(path, music, folder / f"{name}.mp4")
    for file in (path, out):
        stats = read_video(file).stats.mean(0)
        for column in (CONTRAST, SATURATION):
            assert stats[column] == pytest.approx(expected[column], rel=0.15)
    report = ffmpeg("-i", str(out), "-f", "null", "-")
    assert re.search(r"yuv420p\(tv, bt709, ", report) and probe(out).plain_pixels


@pytest.mark.parametrize("name", variants(["long.mp4", "long.mkv", "long.ts", "long.avi"]))
def test_sound_that_outlasts_the_picture_is_no_damage(folder: Path, music: Path, name: str) -> None:
    path = folder / name
    codecs = ("-c:v", "mpeg4", "-c:a", "mp3") if name.endswith("avi") else (*X264, *AAC)
    ffmpeg(*picture(2), *tone(7), *codecs, str(path))
    clip = read_video(path)
    assert clip.notes == () and clip.duration_s == pytest.approx(2, abs=0.06)
    out = render(path, music, folder / f"{name}.mp4")
    assert probe(out).duration_s == pytest.approx(2, abs=0.06)


@pytest.mark.parametrize(
    "name, options",
    variants(
        [
            ("xvid.avi", ("-c:v", "mpeg4", "-bf", "2", "-vtag", "XVID")),
            ("h264.avi", (*X264, "-bf", "3")),
            ("dvd.mpg", ("-c:v", "mpeg2video", "-bf", "2", "-f", "dvd")),
            ("film.vob", ("-c:v", "mpeg2video", "-bf", "2", "-f", "vob")),
        ]
    ),
)
def test_times_that_make_no_sense_are_not_believed(
    folder: Path, music: Path, name: str, options: tuple[str, ...]
) -> None:
    path = folder / name
    ffmpeg(*picture(4, "352x288"), *options, str(path))
    clip = read_video(path)
    assert clip.notes == () and clip.duration_s == pytest.approx(4, abs=0.1)
    assert clip.times_s == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=0.15)
    assert probe(render(path, music, folder / f"{name}.mp4")).duration_s == pytest.approx(
        4, abs=0.1
    )


@pytest.mark.parametrize("times", variants([9000, 60, 0]))
def test_a_wrong_length_in_the_header_is_not_believed(
    folder: Path, music: Path, tmp_path: Path, times: int
) -> None:
    data = bytearray(good_file(folder, "plain.mp4").read_bytes())
    place = data.find(b"mvhd")
    scale = struct.unpack(">I", data[place + 16 : place + 20])[0]
    data[place + 20 : place + 24] = struct.pack(">I", scale * times)
    path = tmp_path / "wrong.mp4"
    path.write_bytes(data)
    clip = read_video(path)
    assert clip.notes == () and clip.duration_s == pytest.approx(2, abs=0.05)
    assert probe(render(path, music, tmp_path / "out.mp4")).duration_s == pytest.approx(2, abs=0.05)


@pytest.mark.thorough
def test_fifty_minutes_without_a_stated_length_are_read_and_an_hour_and_more_is_not(
    tmp_path: Path,
) -> None:
    for minutes in (50, 61):
        slow = f"color=black:s=16x16:r=1/60:d={60 * minutes}"
        vp9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-f", "webm", "-live", "1")
        ffmpeg("-f", "lavfi", "-i", slow, *vp9, str(tmp_path / f"{minutes}.webm"))
    assert read_video(tmp_path / "50.webm").duration_s == pytest.approx(3000, abs=61)
    for read in (read_video, read_timeline):
        with pytest.raises(MediaError, match="at most 60 minutes"):
            read(tmp_path / "61.webm")


@pytest.mark.parametrize(
    "name, options",
    variants(
        [
            ("tff.ts", ("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-b:v", "4M")),
            ("tff.mp4", ("-c:v", "libx264", "-x264opts", "tff=1", "-pix_fmt", "yuv420p")),
            ("bff.avi", ("-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-s", "720x576")),
        ]
    ),
)
def test_half_pictures_are_joined_in_the_mp4(
    folder: Path, music: Path, name: str, options: tuple[str, ...]
) -> None:
    path = folder / name
    scan = f"interlace=scan={name[:3]}"
    ffmpeg(*picture(2, "720x576", 50), "-vf", scan, *options, str(path))
    out = render(path, music, folder / f"{name}.mp4")
    words = ffmpeg("-i", str(out), "-vf", "idet", "-an", "-f", "null", "-")
    counts = [int(n) for n in re.findall(r"Multi frame.*TFF: +(\d+) BFF: +(\d+)", words)[-1]]
    assert counts == [0, 0]


@pytest.mark.parametrize("pixels", variants(["yuv444p", "yuv422p", "yuv420p10le", "yuv422p10le"]))
def test_what_phones_do_not_play_is_encoded_again(folder: Path, music: Path, pixels: str) -> None:
    path = folder / f"{pixels}.mp4"
    ffmpeg(*picture(1), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", pixels, str(path))
    assert probe(render(path, music, folder / f"{pixels}.out.mp4")).plain_pixels


def numbered(path: Path) -> Path:
    """Six seconds whose brightness is the number of the frame, a keyframe every two."""
    shade = "color=c=black:s=320x180:r=30:d=6,geq=lum='16+N':cb=128:cr=128"
    ffmpeg(
        "-f", "lavfi", "-i", shade, "-c:v", "libx264", "-g", "60", "-bf", "2", "-qp", "5", str(path)
    )
    return path


@pytest.mark.thorough
def test_an_edit_that_begins_between_keyframes_is_read_as_it_is_shown(
    folder: Path, music: Path
) -> None:
    path = folder / "cut.mp4"
    source = numbered(folder / "numbered.mp4")
    ffmpeg("-ss", "1.2", "-i", str(source), "-c", "copy", "-t", "3", str(path))
    for file in (path, render(path, music, folder / "cut.out.mp4")):
        clip = read_video(file)
        shown = clip.frames.mean((1, 2, 3)) / 255 * 219
        assert shown == pytest.approx(36 + 30 * clip.times_s, abs=2.5)
        assert clip.duration_s == pytest.approx(3, abs=0.15) and clip.notes == ()


@pytest.mark.thorough
def test_several_edits_are_read_and_rendered_as_they_are_shown(folder: Path, music: Path) -> None:
    data = numbered(folder / "numbered.mp4").read_bytes()
    place = data.find(b"mvhd")
    second = struct.unpack(">I", data[place + 16 : place + 20])[0]
    entries = b"".join(struct.pack(">IiI", second, 1024 + s * 15360, 0x10000) for s in (0, 4))
    path = folder / "spliced.mp4"
    path.write_bytes(boxes(data, {b"elst": struct.pack(">II", 0, 2) + entries}))
    for file in (path, render(path, music, folder / "spliced.out.mp4")):
        clip = read_video(file)
        assert clip.duration_s == pytest.approx(2, abs=0.1)
        shown = clip.frames.mean((1, 2, 3)) / 255 * 219
        assert shown == pytest.approx([15, 135], abs=4)


@pytest.mark.parametrize(
    "name, expression, layout",
    variants(
        [
            ("antiphase.wav", "0.3*sin(2*PI*300*t)|-0.3*sin(2*PI*300*t)", "stereo"),
            ("antiphase.m4a", "0.3*sin(2*PI*300*t)|-0.3*sin(2*PI*300*t)", "stereo"),
            ("half.flac", "0.3*sin(2*PI*300*t)|0.3*sin(2*PI*300*t)*(1-2*lt(t\\,1.5))", "stereo"),
            ("bass.wav", "0|0|0|0.3*sin(2*PI*300*t)|0|0", "5.1"),
            ("back.flac", "0|0|0|0|0.3*sin(2*PI*300*t)|-0.3*sin(2*PI*300*t)", "5.1"),
            ("front.ac3", "0.3*sin(2*PI*300*t)|0.3*sin(2*PI*300*t)|0|0|0|0", "5.1"),
        ],
        2,
    ),
)
def test_sound_that_a_mean_would_cancel_is_heard(
    folder: Path, name: str, expression: str, layout: str
) -> None:
    samples = read_audio(sound(folder / name, expression, layout), 16000).samples
    assert samples[8000:40000].std() == pytest.approx(0.3 / 2**0.5, rel=0.06)


@pytest.mark.parametrize("offsets", variants([((0.5, 0.5),), ((0.4, 0.0),), ((-0.3, -0.3),)]))
def test_a_constant_offset_is_no_sound(folder: Path, offsets: tuple[float, float]) -> None:
    sides = "|".join(f"{offset}+0.1*sin(2*PI*330*t)" for offset in offsets)
    samples = read_audio(sound(folder / "offset.wav", sides, "stereo"), 16000).samples
    assert samples.std() == pytest.approx(0.0707, rel=0.02)
    assert abs(samples.mean()) < 1e-3


@pytest.mark.parametrize(
    "name, options",
    variants(
        [
            ("a.w64", ()),
            ("a.caf", ()),
            ("a.tta", ()),
            ("a.wv", ()),
            ("a.ac3", ()),
            ("a.eac3", ()),
            ("a.aifc", ("-c:a", "pcm_s16le", "-f", "aiff")),
            ("a.dts", ("-strict", "-2", "-ac", "2")),
            ("a.mp2", ()),
            ("a.mka", ("-c:a", "libopus")),
            ("a.alac.m4a", ("-c:a", "alac")),
            ("a.voc", ()),
            ("a.amr", ("-ar", "8000", "-c:a", "libopencore_amrnb")),
            ("a.mlp", ("-strict", "-2")),
            ("a.loas", ("-c:a", "aac", "-f", "latm")),
            ("rf64.wav", ("-rf64", "always")),
            ("adpcm.wav", ("-c:a", "adpcm_ms")),
        ],
        4,
    ),
)
def test_every_container_of_music_counts(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    path = tmp_path / name
    ffmpeg(*tone(2, 330), *options, str(path))
    clip = read_audio(path, 16000)
    power = np.abs(np.fft.rfft(clip.samples))
    assert power.argmax() / clip.duration_s == pytest.approx(330, abs=2)
    assert clip.duration_s == pytest.approx(2, abs=0.1) and clip.notes == ()


HEADS = {
    "zeros.mp3": bytes(3000),
    "more_zeros.mp3": bytes(100_000),
    "ape.mp3": ape_tag(700),
    "ape_and_id3.mp3": ape_tag(100) + id3(50),
    "id3_twice.mp3": id3() + id3(900),
    "id3_and_zeros.mp3": id3() + bytes(5000),
    "id3.flac": id3(60),
    "id3.wav": id3(60),
    "zeros.wav": bytes(300),
    "ape.wv": ape_tag(64),
    "noise.mp3": np.random.default_rng(3).bytes(3000),
}


@pytest.mark.parametrize("name", variants(list(HEADS), 3))
def test_padding_and_foreign_tags_at_the_head_are_passed_over(tmp_path: Path, name: str) -> None:
    plain = tmp_path / f"plain{Path(name).suffix}"
    bare = ("-id3v2_version", "0", "-write_xing", "0") if name.endswith("mp3") else ()
    ffmpeg(*tone(2, 330), *bare, str(plain))
    path = tmp_path / name
    path.write_bytes(HEADS[name] + plain.read_bytes())
    clip = read_audio(path, 16000)
    assert clip.duration_s == pytest.approx(2, abs=0.1)
    assert clip.samples.std() == pytest.approx(0.086, rel=0.07)


def test_a_playlist_behind_a_tag_is_still_a_playlist(folder: Path, tmp_path: Path) -> None:
    good = good_file(folder, "plain.mp4")
    words = f"#EXTM3U\n#EXTINF:2,\n{good}\n#EXT-X-ENDLIST\n".encode()
    for head in (id3(), id3() + bytes(200), ape_tag(50)):
        path = tmp_path / "song.mp3"
        path.write_bytes(head + words + good_file(folder, "broadcast.ts").read_bytes())
        for read in (lambda p: read_audio(p, 16000), read_video):
            with pytest.raises(MediaError, match="is a playlist"):
                read(path)


def test_sentences_about_music_speak_of_music(folder: Path, tmp_path: Path) -> None:
    side = tmp_path / "._song.mp3"
    side.write_bytes(bytes.fromhex("00051607000200004d6163204f532058") + bytes(4000))
    with pytest.raises(MediaError, match=r"side file that macOS keeps.*not music") as caught:
        read_audio(side, 16000)
    assert "video" not in str(caught.value)
    shutil.copy(good_file(folder, "plain.mp4"), tmp_path / "cut.mp3")
    half = (tmp_path / "cut.mp3").read_bytes()[40:]
    (tmp_path / "cut.mp3").write_bytes(b"RIFF\0\0\0\0WAVE" + half)
    with pytest.raises(MediaError) as caught:
        read_audio(tmp_path / "cut.mp3", 16000)
    assert "video" not in str(caught.value) and "music" in str(caught.value)
