"""The frames that were looked at: which, how small, with which words, and who can open them."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vmr.knowledge.describe import SURE, Reading, describe_video
from vmr.knowledge.scenes import class_groups, read_scenes
from vmr.knowledge.seen_frames import BOX, MOST_FRAMES, seen_frames
from vmr.media.read import read_video
from vmr.page.kept_frames import KeptFrames
from vmr.page.service import Service
from vmr.page.transient import TransientFolder
from vmr.query import silent


@pytest.fixture(scope="module")
def clip(world_video):
    return read_video(world_video)


@pytest.fixture(scope="module")
def frames(retriever, clip):
    encoder = retriever.video_encoder
    return seen_frames(encoder.encode(clip), encoder, clip)


def test_each_frame_is_a_small_picture_of_its_moment(frames, clip):
    assert [frame.time_s for frame in frames] == pytest.approx(clip.times_s.tolist())
    for frame, whole in zip(frames, clip.frames, strict=True):
        small = Image.open(io.BytesIO(frame.jpeg))
        assert small.format == "JPEG" and small.width <= BOX[0] and small.height <= BOX[1]
        assert len(frame.jpeg) < 12_000
        expected = np.asarray(Image.fromarray(whole).resize(small.size), dtype=float)
        assert np.abs(np.asarray(small, dtype=float) - expected).mean() < 8


def test_of_a_frame_less_is_said_than_of_a_clip_of_that_frame(retriever, clip, frames):
    encoder = retriever.video_encoder
    features = encoder.encode(clip)
    for i in (0, len(clip) // 2, len(clip) - 1):
        part = slice(i, i + 1)
        alone = replace(clip, frames=clip.frames[part], stats=clip.stats[part])
        known = dict(describe_video(features[part], encoder, alone).concepts)
        assert {name for name, _ in frames[i].words} <= set(known)
        assert all(weight <= known[name] for name, weight in frames[i].words)
    assert any(weight >= SURE for frame in frames for _, weight in frame.words)


def test_of_a_long_video_some_are_taken_from_its_whole(retriever, clip):
    encoder, times = retriever.video_encoder, 150
    long = replace(
        clip,
        frames=np.repeat(clip.frames[:1], times, axis=0),
        times_s=np.arange(times, dtype=np.float32),
        stats=np.repeat(clip.stats[:1], times, axis=0),
    )
    one = replace(clip, frames=clip.frames[:1], stats=clip.stats[:1])
    features = np.repeat(encoder.encode(one), times, axis=0)
    found = [frame.time_s for frame in seen_frames(features, encoder, long)]
    assert len(found) == MOST_FRAMES and found[0] == 0 and found[-1] == times - 1
    assert max(np.diff(found)) <= 3


def test_only_the_answer_to_the_video_itself_tells_where_its_frames_are(retriever, short_video):
    folder = TransientFolder(keep_s=1000)
    addresses = []
    kept = KeptFrames(folder.path, lambda path: addresses.append(path) or f"media/{path.name}")
    service = Service(retriever, lambda path: "", frames=kept)
    payload = service.match(short_video, silent)
    assert payload["frames"] == f"media/{addresses[0].name}"
    shown = json.loads(addresses[0].read_text("utf-8"))
    assert {tuple(frame) for frame in shown} == {("time_s", "words", "picture")}
    assert "frames" not in service.restore(payload["query"]["sha256"])
    again = service.match(short_video, silent)
    assert again["frames"] != payload["frames"], "nobody can guess another visitor's"
    written = [address.stat().st_mtime for address in addresses]
    assert folder.sweep(min(written) + 999) == 0
    assert folder.sweep(max(written) + 1001) == 2, "as long as an upload"
    folder.close()


def test_a_single_look_has_to_be_surer_of_a_thing():
    groups = class_groups(read_scenes()).astype(bool)
    cat = [concept.name for concept in read_scenes()].index("cat")
    for share, said in ((0.27, None), (0.35, False), (0.5, True)):
        p = np.full((2, 1000), (1 - share) / 1000, np.float32)
        p[:, np.flatnonzero(groups[cat])[:2]] += share / 2
        reading = Reading(p, np.zeros((2, len(groups)), np.float32), np.zeros((2, 13), np.float32))
        weight = dict(reading.words_of_frame(1)).get("cat")
        assert (None if weight is None else weight >= SURE) == said
