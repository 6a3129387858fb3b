"""Frame statistics against pictures whose brightness, colour, speed and cuts are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from vmr.knowledge.describe import HOLDS_MORE
from vmr.knowledge.scenes import condition_values, read_scenes
from vmr.media.clip import VIDEO_STATS
from vmr.media.cuts import Looked, cut_rate, find_flashes
from vmr.media.motion import compare_pairs
from vmr.media.plan import grid_stride
from vmr.media.video_stats import SLIGHT, colour_stats, measure, small_planes

HIGH, WIDE = 256, 456


def plain(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((HIGH, WIDE, 3), (red, green, blue), np.uint8)


def texture(seed: int = 0, softness: float = 3.0) -> np.ndarray:
    """(HIGH, 1400) in 0..1."""
    field = gaussian_filter(np.random.default_rng(seed).normal(size=(HIGH, 1400)), softness)
    return (field - field.min()) / (field.max() - field.min())


def grey(plane: np.ndarray) -> np.ndarray:
    return np.repeat((255 * np.clip(plane, 0, 1))[..., None], 3, 2).astype(np.uint8)


def pan(
    speed: float, fps: float = 25, seconds: float = 2.0, contrast: float = 1.0, noise: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures on the grid and their times; speed in frame widths per second."""
    field, rng = texture(), np.random.default_rng(1)
    times_s = np.arange(0, seconds, grid_stride(fps) / fps)
    pictures = []
    for time_s in times_s:
        place = speed * time_s * WIDE
        left, part = int(place) % 900, place % 1
        plane = (
            field[:, left : left + WIDE] * (1 - part) + field[:, left + 1 : left + 1 + WIDE] * part
        )
        plane = 0.5 + contrast * (plane - 0.5) + noise / 255 * rng.normal(size=(HIGH, WIDE))
        pictures.append(grey(plane))
    return np.stack(pictures), times_s


def look(pictures: np.ndarray, times_s: np.ndarray) -> Looked:
    lumas, colours = zip(*(small_planes(p) for p in pictures), strict=True)
    runs = np.zeros(len(times_s), int)
    return Looked(np.stack(lumas), np.stack(colours), np.asarray(times_s, float), runs)


def stats_of(pictures: np.ndarray, times_s: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """The statistics at the middle picture, by column, and the cuts."""
    middle = slice(len(pictures) // 2, len(pictures) // 2 + 1)
    duration_s = float(times_s[-1] + times_s[1])
    stats, cuts_s = measure(pictures[middle], times_s[middle], look(pictures, times_s), duration_s)
    return dict(zip(VIDEO_STATS, stats[0].tolist(), strict=True)), cuts_s


def colours(picture: np.ndarray) -> dict[str, float]:
    return dict(zip(VIDEO_STATS, colour_stats(picture).tolist(), strict=False))


def test_the_small_luma_is_the_weighted_mean_of_blocks() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    luma, parts = small_planes(picture)
    exact = picture @ np.array([0.299, 0.587, 0.114])
    blocks = exact.reshape(4, 4, 6, 4).mean((1, 3))
    assert luma.shape == (4, 6) and np.abs(luma - blocks).max() < 1.5
    assert parts.shape == (4, 4, 3)


def test_colour_columns_of_plain_pictures() -> None:
    white, black = colours(plain(255, 255, 255)), colours(plain(0, 0, 0))
    assert (white["brightness"], black["brightness"]) == pytest.approx((1, 0))
    assert (white["dark"], black["dark"]) == (0, 1)
    assert white["saturation"] == white["contrast"] == white["detail"] == 0
    orange, sky = colours(plain(250, 150, 40)), colours(plain(60, 140, 240))
    assert orange["warmth"] > 0.8 and sky["warmth"] < 0.25
    assert colours(plain(90, 90, 90))["warmth"] == pytest.approx(0.5)
    assert orange["saturation"] == pytest.approx(1 - 40 / 250, abs=0.01)


def test_stripes_have_contrast_and_detail() -> None:
    stripes = plain(0, 0, 0)
    stripes[:, (np.arange(WIDE) // 8) % 2 == 0] = 255
    found = colours(stripes)
    assert found["contrast"] == pytest.approx(1, abs=0.01)
    assert found["detail"] == pytest.approx(0.25, abs=0.03)  # one edge in four pixels at half size


@pytest.mark.parametrize("speed", [0.03, 0.1, 0.3, 0.6, 1.0])
def test_flow_and_camera_are_the_speed_of_a_pan(speed: float) -> None:
    found, cuts_s = stats_of(*pan(speed))
    assert found["flow"] == pytest.approx(speed, rel=0.07, abs=0.004)
    assert found["camera"] == pytest.approx(speed, rel=0.07, abs=0.004)
    assert found["moving"] > 0.9 and len(cuts_s) == 0


def test_motion_grows_with_speed() -> None:
    motion = [stats_of(*pan(speed))[0]["motion"] for speed in (0, 0.02, 0.05, 0.1, 0.2)]
    assert motion[0] == 0 and all(np.diff(motion) > 0.02)


@pytest.mark.parametrize("fps", [12, 24, 30, 50, 60])
def test_speed_and_motion_do_not_depend_on_the_frame_rate(fps: float) -> None:
    found, reference = stats_of(*pan(0.2, fps))[0], stats_of(*pan(0.2, 25))[0]
    assert found["flow"] == pytest.approx(0.2, rel=0.05)
    assert found["motion"] == pytest.approx(reference["motion"], rel=0.08)


def test_speed_does_not_depend_on_contrast_or_noise() -> None:
    for change in ({"contrast": 0.5}, {"contrast": 0.15}, {"noise": 12.0}):
        assert stats_of(*pan(0.2, **change))[0]["flow"] == pytest.approx(0.2, rel=0.07)
    assert stats_of(*pan(0.2, contrast=0.5))[0]["motion"] == pytest.approx(
        stats_of(*pan(0.2))[0]["motion"], rel=0.15
    )


def test_noise_on_a_still_picture_is_not_motion() -> None:
    found, cuts_s = stats_of(*pan(0, noise=10))
    assert found["motion"] < 0.06 and found["flow"] == found["camera"] == found["moving"] == 0
    assert len(cuts_s) == 0


def test_something_small_moves_without_the_camera() -> None:
    still, moving = texture(0)[:, :WIDE], texture(3)
    pictures, times_s = [], np.arange(0, 2, 0.08)
    for time_s in times_s:
        plane = still.copy()
        left = int(0.3 * time_s * WIDE)
        plane[80:180, 150:300] = moving[80:180, left : left + 150]
        pictures.append(grey(plane))
    found, _ = stats_of(np.stack(pictures), times_s)
    assert found["camera"] == 0
    assert 0.02 < found["flow"] < 0.15
    assert 0.05 < found["moving"] < 0.6


def ball(speed: float, size: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Something bright, a sixteenth of the height, to and fro before a still wide picture; speed in
    frame widths per second."""
    still, times_s = texture(0)[:, :WIDE], np.arange(0, 4, 0.08)
    pictures = []
    for place in (speed * times_s * WIDE) % (2 * (WIDE - size)):
        left = round(min(place, 2 * (WIDE - size) - place))
        plane = still.copy()
        plane[120 : 120 + size, left : left + size] = 1
        pictures.append(grey(plane))
    return np.stack(pictures), times_s


def says_little_movement(pictures: np.ndarray, times_s: np.ndarray) -> bool:
    """Whether the word may stand under what was seen, with "perhaps" or without."""
    stats, _ = measure(pictures[::12], times_s[::12], look(pictures, times_s), 4.0)
    columns = dict(zip(VIDEO_STATS, stats.T, strict=True))
    row = next(concept for concept in read_scenes() if concept.name == "still picture")
    return bool(condition_values([row], columns).mean() >= HOLDS_MORE["still picture"][0])


@pytest.mark.parametrize("speed", [0.3, 0.6, 1.0])
def test_a_small_fast_subject_in_a_still_wide_shot_is_not_still(speed: float) -> None:
    assert not says_little_movement(*ball(speed))
    found, _ = stats_of(*ball(speed))
    assert found["camera"] == 0 and 0.03 < found["motion"] < 0.07


@pytest.mark.parametrize("speed", [0.0, 0.02, 0.05])
def test_a_small_slow_subject_in_a_still_wide_shot_is_still(speed: float) -> None:
    assert says_little_movement(*ball(speed))


def test_a_flame_in_its_place_sweeps_nothing() -> None:
    pictures = np.stack([grey(texture(0)[:, :WIDE])] * 50)
    pictures[::2, 120:136, 200:216] = 255
    pictures[1::2, 120:136, 200:216] = 150
    assert stats_of(pictures, np.arange(50) * 0.08)[0]["motion"] < 0.02


@pytest.mark.parametrize("lit", [(25,), (24, 25), (20, 25, 30)])
def test_flashes_are_no_movement_and_no_still_picture(lit: tuple[int, ...]) -> None:
    pictures = np.stack([grey(texture(0)[:, :WIDE])] * 50)
    pictures[list(lit)] = 255
    found, cuts_s = stats_of(pictures, np.arange(50) * 0.08)
    assert found["motion"] == pytest.approx(SLIGHT)
    assert found["flow"] == found["camera"] == found["moving"] == 0
    assert found["flicker"] > 0.2 and len(cuts_s) == 0


def test_where_every_frame_flashes_movement_is_measured_all_the_same() -> None:
    pictures, times_s = pan(0.3)
    pictures[::2] //= 3
    assert stats_of(pictures, times_s)[0]["motion"] > 0.1


def test_light_that_stays_on_is_no_flash() -> None:
    pictures = np.stack([grey(0.2 * texture(0)[:, :WIDE])] * 40)
    pictures[20:] = grey(0.9 * texture(0)[:, :WIDE])
    assert not find_flashes(compare_pairs(look(pictures, np.arange(40) * 0.08).lumas)).any()


def test_cuts_are_found_between_moving_scenes_and_left_out_of_motion() -> None:
    parts, times_s = [], np.arange(0, 4, 0.08)
    for i, time_s in enumerate(times_s):
        left = int(0.1 * time_s * WIDE)
        parts.append(grey(texture(seed=i // 15)[:, left : left + WIDE]))
    stats, cuts_s = stats_of(np.stack(parts), times_s)
    assert cuts_s == pytest.approx(times_s[[15, 30, 45]])
    assert stats["flow"] == pytest.approx(0.1, rel=0.1)
    assert stats["cut_rate"] == pytest.approx(3 / 4, rel=0.1)


def test_a_cut_in_a_wild_ride_shows_by_its_colours() -> None:
    rng, pictures = np.random.default_rng(4), []
    times_s = np.arange(0, 3, 0.08)
    for i in range(len(times_s)):
        plane = gaussian_filter(rng.random((HIGH, WIDE)), 8)[..., None] * 8 - 3.5
        tint = (1, 0.3, 0.2) if i < 20 else (0.2, 0.4, 1)
        pictures.append((255 * np.clip(plane * tint, 0, 1)).astype(np.uint8))
    _, cuts_s = stats_of(np.stack(pictures), times_s)
    assert cuts_s == pytest.approx([times_s[20]])


def test_a_flash_is_flicker_and_no_cut() -> None:
    pictures, times_s = pan(0.05)
    steady, _ = stats_of(pictures, times_s)
    pictures = pictures.copy()
    pictures[12] = 255
    flashed, cuts_s = stats_of(pictures, times_s)
    assert len(cuts_s) == 0
    assert flashed["flicker"] > 0.3 > 5 * steady["flicker"]


def test_a_hole_in_what_was_looked_at_is_no_motion_but_may_hold_a_cut() -> None:
    first, times_s = pan(0.0, seconds=1.0)
    second = np.stack([grey(texture(9)[:, :WIDE])] * len(first))
    looked = look(np.concatenate([first, second]), np.concatenate([times_s, times_s + 9]))
    runs = np.repeat([0, 1], len(first))
    looked = Looked(looked.lumas, looked.colours, looked.times_s, runs)
    stats, cuts_s = measure(first[:1], times_s[:1], looked, 10.0)
    assert cuts_s == pytest.approx([9.0])
    assert not stats[0, [VIDEO_STATS.index(c) for c in ("motion", "flow", "camera")]].any()


def test_one_picture_has_colours_and_no_motion() -> None:
    picture = plain(200, 100, 50)
    stats, cuts_s = measure(picture[None], np.zeros(1), look(picture[None], np.zeros(1)), 0.04)
    assert stats.shape == (1, len(VIDEO_STATS)) and stats.dtype == np.float32
    assert stats[0, :7] == pytest.approx(colour_stats(picture)) and not stats[0, 7:].any()
    assert cuts_s.shape == (0,)


def test_plain_pictures_have_nothing_to_follow() -> None:
    pairs = compare_pairs(np.full((3, 64, 114), 90, np.uint8))
    assert not pairs.flow.any() and not pairs.camera.any() and not pairs.change.any()
    assert (pairs.likeness == 1).all()


def test_cut_rate_counts_within_four_seconds_of_the_video() -> None:
    cuts_s = np.array([1.0, 2.0, 3.0, 15.0])
    rates = cut_rate(np.array([2.0, 10.0, 14.0]), cuts_s, 16.0)
    assert rates == pytest.approx([3 / 6, 0, 1 / 6])
