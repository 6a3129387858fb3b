"""The starter model: what its lenses see, what an edit does, what training pairs and learns."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vmr.config import CATALOGS, Settings
from vmr.embedding import BranchEmbedding, unit
from vmr.encoders import load_music_encoder, load_video_encoder
from vmr.encoders.efficientnet import POOLED
from vmr.errors import MediaError
from vmr.knowledge.heads import read_heads
from vmr.knowledge.scenes import (
    PICTURE_HEADS,
    class_groups,
    condition_values,
    read_scenes,
    weights,
)
from vmr.knowledge.starter.build import build_starter
from vmr.knowledge.starter.footage import (
    FPS,
    HEIGHT,
    SECONDS,
    WIDTH,
    CutList,
    clip_features,
    edit,
    read_footage,
    write_footage,
)
from vmr.knowledge.starter.ingredients import read_ingredients
from vmr.knowledge.starter.lenses import (
    CONCEPT,
    CONDITION,
    OVER_CHANCE,
    PHOTO,
    TEMPERATURE,
    music_lens,
    picture_axes,
    picture_lens,
    table_scores,
)
from vmr.knowledge.starter.pictures import open_picture, pictures
from vmr.knowledge.starter.reading import Axes, axis_vectors, write_axes, write_reading
from vmr.knowledge.starter.training import (
    AXIS_WEIGHTS,
    StarterConfig,
    levels,
    normal_scores,
    soft_labels,
)
from vmr.knowledge.starter.virtual import FRAMES, GROUPS, scenery, virtual_clips
from vmr.knowledge.vocabulary import GENRES, LABELS, MOODS
from vmr.media.clip import VIDEO_STATS
from vmr.model.checkpoint import load_model
from vmr.model.config import ModelConfig
from vmr.model.front_end import Lens, LensSize
from vmr.model.two_tower import Model
from vmr.search import calibrate_on


@pytest.fixture(autouse=True)
def one_thread():
    """Small sums: two threads on a busy machine are many times slower than one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def picture_encoder():
    return load_video_encoder("efficientnet-lite0")


@pytest.fixture(scope="module")
def music_encoder():
    return load_music_encoder("musicnn")


def test_a_lens_is_the_formula_of_its_module() -> None:
    size = LensSize(classes=3, concepts=2, heads=1, ramps=2)
    lens = Lens(4, size)
    rng = np.random.default_rng(0)
    lens.weight.copy_(torch.as_tensor(rng.normal(size=(4, 4))))
    lens.bias.copy_(torch.as_tensor(rng.normal(size=4)))
    lens.groups.copy_(torch.tensor([[1.0, 1, 0], [0, 0, 1]]))
    lens.exponent[3] = 0.5
    lens.ramp_columns.copy_(torch.tensor([[0, 1], [4, 4]]))  # column 4 is the head
    lens.ramp_starts.copy_(torch.tensor([[0.0, 1.0], [-1.0, -1.0]]))
    lens.ramp_spans.copy_(torch.tensor([[2.0, -2.0], [2.0, 2.0]]))
    rows = np.abs(rng.normal(size=(5, 4))).astype(np.float32)

    x = rows.astype(np.float64)
    x[:, 3] **= 0.5
    z = x @ lens.weight.numpy().T + lens.bias.numpy()
    p = np.exp(z[:, :3]) / np.exp(z[:, :3]).sum(1, keepdims=True)
    head = z[:, 3].clip(-4, 4)
    ramp = np.clip(x[:, 0] / 2, 0, 1) * np.clip((x[:, 1] - 1) / -2, 0, 1)
    by_head = np.clip((head + 1) / 2, 0, 1) ** 2
    wanted = np.stack([np.sqrt(p[:, 0] + p[:, 1]), np.sqrt(p[:, 2]), head, ramp, by_head], axis=1)
    assert lens(torch.as_tensor(rows)).numpy() == pytest.approx(wanted, abs=1e-5)
    assert size.columns == 5
    scored = Lens(4, LensSize(classes=3, concepts=2, heads=1, ramps=2, scores=2))
    scored.load_state_dict(lens.state_dict(), strict=False)
    scored.floor.copy_(torch.tensor([0.96, 0.1]))
    scored.table.copy_(torch.as_tensor(rng.normal(size=(5, 2))))
    clear = np.maximum(wanted[:, :2] - [0.96, 0.1], 0)
    assert (clear == 0).any() and (clear > 0).any()
    said_by_hand = np.concatenate([clear, wanted[:, 2:]], axis=1) @ scored.table.numpy()
    got = scored(torch.as_tensor(rows)).numpy()
    assert got[:, :5] == pytest.approx(wanted, abs=1e-5)
    assert got[:, 5:] == pytest.approx(said_by_hand, abs=1e-5)
    with pytest.raises(ValueError, match="instead of"):
        lens(torch.zeros(2, 3))


def test_the_picture_lens_says_what_tables_and_heads_say(picture_encoder) -> None:
    lens = picture_lens(picture_encoder)
    rng = np.random.default_rng(1)
    rows = np.abs(rng.normal(0.3, 0.3, (3, picture_encoder.dim))).astype(np.float32)
    seen = lens(torch.as_tensor(rows)).numpy()
    concepts = read_scenes()
    logits = picture_encoder.logits(rows) / TEMPERATURE
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    shown = np.sqrt(p @ class_groups(concepts).T)
    assert seen[:, : len(concepts)] == pytest.approx(shown, abs=1e-4)
    first = len(concepts) + len(PICTURE_HEADS)
    heads = seen[:, len(concepts) : first]
    columns = dict(zip(VIDEO_STATS, rows[:, POOLED:].T, strict=True))
    columns |= dict(zip(PICTURE_HEADS, heads.T, strict=True))
    held = condition_values(concepts, columns)[:, [bool(c.when) for c in concepts]]
    photos = read_heads("photo")(rows[:, :POOLED])
    first += photos.shape[1]
    assert seen[:, first - photos.shape[1] : first] == pytest.approx(photos.clip(-4, 4), abs=1e-4)
    assert seen[:, first : first + held.shape[1]] == pytest.approx(held, abs=1e-4)

    moods, _, _ = weights([concept.meaning for concept in concepts])
    chance = np.sqrt(class_groups(concepts).mean(1))
    clear = np.maximum(shown - OVER_CHANCE * chance, 0)
    by_hand = CONCEPT["mood"] * clear @ moods
    by_hand = by_hand + CONDITION["mood"] * held @ moods[[bool(c.when) for c in concepts]]
    by_hand = by_hand + PHOTO * photos.clip(-4, 4)[:, : len(MOODS)]
    scores = table_scores(seen)
    assert scores["mood"] == pytest.approx(by_hand, abs=1e-3)
    assert scores["genre"].shape == (3, len(GENRES)) and scores["energy"].shape == (3,)


def test_a_classifier_that_knows_nothing_says_nothing(picture_encoder) -> None:
    lens = picture_lens(picture_encoder)
    lens.weight.zero_()  # equal probabilities, heads at 0
    lens.bias.zero_()
    lens.ramp_starts.fill_(1e9)  # no condition holds
    lens.ramp_spans.fill_(1.0)
    dark = lens(torch.zeros(2, picture_encoder.dim)).numpy()
    assert table_scores(dark)["mood"] == pytest.approx(0)


def test_the_tables_prefer_calm_for_still_nature_and_energy_for_moving_sport(
    picture_encoder,
) -> None:
    lens = picture_lens(picture_encoder)
    row = dict.fromkeys(VIDEO_STATS, 0.3) | {"cut_rate": 0.0}

    def scores(class_name: str, motion: float) -> dict[str, np.ndarray]:
        index = picture_encoder.class_names.index(class_name)
        direction = picture_encoder.classifier_weights[index]
        pooled = np.maximum(0.3 + 12 * direction, 0)
        stats = np.array(list((row | {"motion": motion}).values()))
        x = np.concatenate([pooled, stats]).astype(np.float32)[None]
        return table_scores(lens(torch.as_tensor(x)).numpy())

    lake, ball = scores("lakeshore", 0.01), scores("soccer ball", 0.5)
    calm, energetic = MOODS.index("calm"), MOODS.index("energetic")
    assert lake["mood"][0, calm] > ball["mood"][0, calm]
    assert lake["mood"][0, energetic] < ball["mood"][0, energetic]
    assert lake["energy"] < ball["energy"]


def test_the_music_lens_takes_roots_of_tags_and_conditions_of_the_sound(music_encoder) -> None:
    lens = music_lens(music_encoder.columns)
    rows = np.full((2, music_encoder.dim), 0.25, np.float32)
    heard = lens(torch.as_tensor(rows)).numpy()
    assert heard[:, :100] == pytest.approx(0.5)
    fast = rows.copy()
    fast[:, list(music_encoder.columns).index("stats:tempo")] = 0.9
    fast[:, list(music_encoder.columns).index("stats:energy")] = 0.9
    quick = table_scores(lens(torch.as_tensor(fast)).numpy())
    slow = table_scores(heard)
    assert quick["energy"][0] > slow["energy"][0]
    assert quick["mood"][0, MOODS.index("calm")] < slow["mood"][0, MOODS.index("calm")]


def stripes(rng: np.random.Generator) -> np.ndarray:
    """A picture with something to follow everywhere."""
    coarse = rng.integers(0, 256, (30, 50, 3)).astype(np.uint8)
    return np.kron(coarse, np.ones((16, 16, 1), np.uint8))


@pytest.mark.thorough
def test_energetic_music_makes_an_edit_move_more_and_cut_more(picture_encoder) -> None:
    rng = np.random.default_rng(0)
    sources = [stripes(rng) for _ in range(3)]
    seen = {}
    for energy in (0.05, 0.95):
        cuts = CutList(energy=energy, positive=0.5, bright=0.5, bpm=60 + 90 * energy)
        frames = list(edit(sources, cuts, np.random.default_rng(3)))
        assert len(frames) == round(SECONDS * FPS) and frames[0].shape == (HEIGHT, WIDTH, 3)
        features = clip_features(frames, picture_encoder)
        seen[energy] = dict(zip(VIDEO_STATS, features[:, POOLED:].mean(0), strict=True))
    for name in ("motion", "flow", "cut_rate"):
        assert seen[0.95][name] > seen[0.05][name]


def test_positive_music_makes_an_edit_lighter_warmer_and_more_colourful() -> None:
    picture = np.full((500, 700, 3), (120, 110, 100), np.uint8)
    means = {}
    for positive in (0.0, 1.0):
        cuts = CutList(energy=0.2, positive=positive, bright=0.5, bpm=80)
        frame = next(iter(edit([picture], cuts, np.random.default_rng(5))))
        red, green, blue = frame.reshape(-1, 3).mean(0)
        means[positive] = (red + green + blue, red - blue)
    assert means[1.0][0] > means[0.0][0] and means[1.0][1] > means[0.0][1]


def test_shots_are_shorter_the_more_energetic_the_music() -> None:
    lengths = [CutList(energy, 0.5, 0.5, 100).beats_per_shot for energy in (0, 0.25, 0.5, 1)]
    assert lengths == [16, 8, 4, 1]


def test_of_a_theme_only_the_largest_picture_is_taken(tmp_path: Path) -> None:
    images = tmp_path / "Autumn" / "contents" / "images"
    images.mkdir(parents=True)
    (images / "640x480.png").write_bytes(b"12")
    (images / "1920x1080.png").write_bytes(b"12345")
    (tmp_path / "Autumn" / "contents" / "screenshot.png").write_bytes(b"123456789")
    (tmp_path / "lake.jpg").write_bytes(b"1")
    (tmp_path / "readme.txt").write_bytes(b"1")
    assert [p.name for p in pictures(tmp_path)] == ["1920x1080.png", "lake.jpg"]


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"broken\.jpg"):
        open_picture(path)


def test_footage_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    clips = [np.full((2, 5), 0.5, np.float32), np.full((2, 5), 0.25, np.float32)]
    lists = [CutList(0.5, 0.25, 0.75, 100.0), CutList(1.0, 0.0, 0.5, 60.0)]
    write_footage(clips, lists, tmp_path / "f.safetensors")
    again, cuts = read_footage(tmp_path / "f.safetensors")
    assert cuts == lists and all(np.array_equal(a, b) for a, b in zip(again, clips, strict=True))


def test_virtual_clips_look_like_what_they_show(picture_encoder) -> None:
    frames = np.concatenate(read_footage()[0])[:, :POOLED]
    scene = scenery(picture_encoder, frames)
    for name in ("lakeshore", "pizza", "tabby cat"):
        c = picture_encoder.class_names.index(name)
        x = np.maximum(scene.mean + 12 * scene.prototypes[c], 0)[None]
        assert picture_encoder.logits(x).argmax() == c
    clips = virtual_clips(scene, 20, np.random.default_rng(0))
    assert all(clip.shape == (FRAMES, picture_encoder.dim) for clip in clips)
    assert all((clip >= 0).all() and np.isfinite(clip).all() for clip in clips)
    assert sum(share for share, *_ in GROUPS.values()) == pytest.approx(1, abs=0.04)
    again = virtual_clips(scene, 20, np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(clips, again, strict=True))


def test_normal_scores_keep_the_order_and_spread() -> None:
    scores = normal_scores(np.array([5.0, 1.0, 1000.0, 3.0]))
    assert scores.argsort().tolist() == [1, 3, 0, 2]
    assert scores.sum() == pytest.approx(0, abs=1e-5)
    assert scores[2] == pytest.approx(1.1503, abs=1e-3)  # the quantile of 7/8


def test_soft_labels_are_balanced_over_the_clips() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(500, 4)) + np.array([50.0, 0, 0, 0])
    p = soft_labels(scores - levels(scores), 2.0)
    assert p.sum(1) == pytest.approx(1)
    assert p.mean(0) == pytest.approx(0.25, abs=0.03), (
        "a label that always scores high must not win"
    )
    assert p[scores[:, 1].argmax(), 1] > 0.5
    assert levels(scores - 100) == pytest.approx(0), "what clips speak against wins nothing by it"


@pytest.fixture
def seeing(picture_encoder) -> tuple[Model, list[np.ndarray], np.ndarray]:
    """A model with the picture lens, some clips, and the lens's mean columns (N, P) of each."""
    lens = picture_lens(picture_encoder)
    config = ModelConfig(
        video_dim=picture_encoder.dim,
        music_dim=1,
        labels=LABELS,
        dim=24,
        members=2,
        hidden=48,
        video_pooling=("mean",),
        video_lens=lens.size.to_tuple(),
    )
    model = Model(config).eval()
    model.video_tower.lens.load_state_dict(lens.state_dict())
    clips = [clip[::8] for clip in read_footage()[0][:12]]
    model.video_tower.fit(clips)
    columns = np.stack([lens(torch.as_tensor(clip)).mean(0).numpy() for clip in clips])
    return model, clips, columns


def orthonormal(count: int) -> torch.Tensor:
    """Directions (2, count, 24) of two members."""
    torch.manual_seed(0)
    return torch.linalg.qr(torch.randn(2, 24, count))[0].mT


def test_a_picture_s_label_vectors_are_exactly_what_the_tables_say(seeing) -> None:
    model, clips, columns = seeing
    directions = {facet: orthonormal(len(names)) for facet, names in LABELS.items()}
    scores = table_scores(columns)
    usual = {facet: levels(scores[facet]) for facet in LABELS}
    write_reading(model.video_tower, usual, directions)
    vectors = model.video_tower(model.video_tower.prepare(clips))  # (N, members, branches, dim)
    for b, facet in enumerate(LABELS, start=1):
        for member in range(2):
            along = (vectors[:, member, b] @ directions[facet][member].T).detach().numpy()
            assert along == pytest.approx(unit(scores[facet] - usual[facet]), abs=1e-4)
    with pytest.raises(ValueError, match="hidden units"):
        narrow = Model(replace(model.config, hidden=16))
        write_reading(narrow.video_tower, usual, directions)


def test_what_a_picture_speaks_against_is_not_told_apart_where_that_is_asked(seeing) -> None:
    model, clips, columns = seeing
    directions = {facet: orthonormal(len(names)) for facet, names in LABELS.items()}
    scores = table_scores(columns)
    usual = {facet: levels(scores[facet]) for facet in LABELS}
    write_reading(model.video_tower, usual, directions, only_for=("mood",))
    vectors = model.video_tower(model.video_tower.prepare(clips)).detach()
    found = {
        facet: (vectors[:, 0, b] @ directions[facet][0].T).numpy()
        for b, facet in enumerate(LABELS, start=1)
    }
    for facet in LABELS:
        above = unit(scores[facet] - usual[facet])
        assert (above.argmax(axis=1) == found[facet].argmax(axis=1)).all()
        assert above.min() < -0.3
    assert found["genre"] == pytest.approx(unit(scores["genre"] - usual["genre"]), abs=1e-4)
    assert found["mood"].min() > -0.2


def test_a_picture_s_ssl_vector_is_exactly_its_place_on_the_axes(seeing) -> None:
    model, clips, columns = seeing
    weight = picture_axes(model.video_tower.lens.size)
    scores = table_scores(columns)
    assert columns @ weight[:, 0] == pytest.approx(scores["energy"])
    happy, sad = (scores["mood"][:, MOODS.index(m)] for m in ("happy", "sad"))
    rest = [
        sum(scores["mood"][:, MOODS.index(m)] for m in names)
        for names in (("tender", "playful"), ("dark", "tense"))
    ]
    assert columns @ weight[:, 1] == pytest.approx((happy + rest[0] - sad - rest[1]) / 3, abs=1e-4)
    axes = Axes(weight, np.array([0.1, -0.2, 0.3], np.float32))
    write_axes(model.video_tower, axes, AXIS_WEIGHTS, orthonormal(4))
    vectors = model.video_tower(model.video_tower.prepare(clips))[:, :, 0].detach()
    places = axis_vectors(torch.as_tensor(axes(columns)), AXIS_WEIGHTS, orthonormal(4))
    assert vectors.numpy() == pytest.approx(places.transpose(0, 1).numpy(), abs=1e-4)


def test_neighbours_on_the_axes_are_neighbours_in_angle() -> None:
    points = torch.tensor([[0.0, 0, 0], [0.5, 0, 0], [2.0, 0, 0], [-2.0, 0, 0], [0, 2.0, 0]])
    vectors = axis_vectors(points, AXIS_WEIGHTS, orthonormal(4))[0]
    cosine = (vectors @ vectors.T).numpy()
    assert np.diag(cosine) == pytest.approx(1, abs=1e-5)
    assert cosine[0, 1] > cosine[0, 2] == pytest.approx(cosine[0, 3]) and cosine[2, 3] < 0
    assert cosine[0, 4] > cosine[0, 2], "feeling turns less than energy"


@pytest.mark.thorough
def test_a_short_training_is_repeatable_and_learns_its_pairs(
    picture_encoder, music_encoder, tmp_path: Path
) -> None:
    ingredients = read_ingredients([CATALOGS / "starter"], music_encoder)
    assert not ingredients.known_moods & {track.id for track in ingredients.tracks}
    config = StarterConfig(steps=30, batch=32, virtual_clips=60, bank=40, hidden=40, dim=20)
    losses: list[float] = []
    one, two = (
        build_starter(
            ingredients,
            picture_encoder,
            music_encoder,
            config,
            lambda *step: losses.append(step[2]),
        )
        for _ in range(2)
    )
    assert one.fingerprint == two.fingerprint
    assert losses[29] < losses[0] - 1 and losses[:30] == losses[30:]
    assert one.config.facets == tuple(LABELS) and one.video_bank is not None
    with pytest.raises(ValueError, match="columns"):
        narrow = replace(config, dim=16)
        build_starter(ingredients, picture_encoder, music_encoder, narrow)


def test_the_bundled_checkpoint_knows_calm_from_energetic(picture_encoder) -> None:
    model = load_model(Settings.checkpoint)
    assert Settings.checkpoint.stat().st_size < 20e6
    scene = scenery(picture_encoder, np.concatenate(read_footage()[0])[:, :POOLED])
    stats = dict.fromkeys(VIDEO_STATS, 0.3) | {"cut_rate": 0.0, "dark": 0.0, "flicker": 0.01}

    def clip(class_name: str, motion: float) -> np.ndarray:
        c = picture_encoder.class_names.index(class_name)
        pooled = np.maximum(scene.mean + 12 * scene.prototypes[c], 0)
        moving = stats | {"motion": motion, "flow": motion / 2, "camera": motion / 3}
        return np.concatenate([pooled, list(moving.values())])[None].astype(np.float32)

    seen = model.embed_video([clip("lakeshore", 0.01), clip("soccer ball", 0.5)])
    calm, energetic = (model.prototypes("mood")[MOODS.index(m)] for m in ("calm", "energetic"))
    lake, ball = seen.branch("mood")
    assert lake @ calm > ball @ calm and ball @ energetic > lake @ energetic


def test_the_hubness_correction_is_the_mean_and_the_highest_tenth_of_each_track() -> None:
    rng = np.random.default_rng(0)
    items, bank = (
        BranchEmbedding(unit(rng.normal(size=(n, 2, 6)).astype(np.float32)), ("ssl", "mood"))
        for n in (4, 30)
    )
    found = calibrate_on(items, bank, hub_share=0.3, own_spread=0.25)
    for n in range(4):
        for b in range(2):
            cosines = sorted(float(q[b] @ items.values[n, b]) for q in bank.values)
            level = 0.7 * np.mean(cosines) + 0.3 * np.mean(cosines[-3:])
            assert found.offset[n, b] == pytest.approx(level, abs=1e-5)
    each = calibrate_on(items, bank, (1.2, 0.3), own_spread=0.25).offset
    assert each[:, 1] == pytest.approx(found.offset[:, 1]), "a branch has its own share"
    mean = calibrate_on(items, bank).offset
    assert each - mean == pytest.approx((found.offset - mean) * [4, 1], abs=1e-5)
    own = np.einsum("mbd,nbd->mnb", bank.values, items.values).var(0)
    scale = np.sqrt(own.mean(0)) ** 0.75 * np.sqrt(own) ** 0.25
    assert found.scale == pytest.approx(scale, abs=1e-5)
    plain = calibrate_on(items, bank)
    assert np.ptp(plain.scale, axis=0) == pytest.approx(0), "the shared spread is the default"


def test_a_new_option_at_its_default_changes_no_fingerprint() -> None:
    config = ModelConfig(video_dim=4, music_dim=4, labels={"mood": ("calm",)}, label_pull=0.9)
    named = json.loads(config.identity())
    assert "hub_share" not in named and named["label_pull"] == 0.9 and named["video_dim"] == 4
    assert ModelConfig(4, 4).identity() != ModelConfig(4, 4, hub_share=0.1).identity()


def test_the_ssl_branch_may_have_a_hub_share_of_its_own() -> None:
    labels = {"mood": ("calm",), "genre": ("folk",)}
    assert ModelConfig(4, 4, labels=labels, hub_share=0.6).hub_shares == (0.6, 0.6, 0.6)
    own = ModelConfig(4, 4, labels=labels, hub_share=0.6, hub_share_ssl=1.2)
    assert own.hub_shares == (1.2, 0.6, 0.6)
    assert ModelConfig.from_json(own.to_json()) == own
