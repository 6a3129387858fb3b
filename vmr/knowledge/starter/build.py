"""From ingredients to a finished model: what each side is, what is said of it, training, banks.

Everything needed lies in the project: the tables and heads (vmr.knowledge), the features of edited
footage (footage.safetensors), and the catalogs' features. Same ingredients and seed, same model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.catalogs.tracks_table import Track
from vmr.encoders.audio_stats import AUDIO_STATS
from vmr.encoders.base import MusicEncoder, in_group
from vmr.encoders.efficientnet import POOLED, EfficientNetLite0
from vmr.knowledge.starter.footage import CutList
from vmr.knowledge.starter.ingredients import Ingredients
from vmr.knowledge.starter.lenses import music_lens, picture_lens, said
from vmr.knowledge.starter.reading import write_reading
from vmr.knowledge.starter.training import (
    Side,
    StarterConfig,
    fit_around,
    levels,
    normal_scores,
    soft_labels,
    train_starter,
)
from vmr.knowledge.starter.virtual import scenery, virtual_clips
from vmr.knowledge.vocabulary import GENRES, LABELS, MOOD_ENERGY, MOODS
from vmr.media.clip import VIDEO_STATS
from vmr.model.front_end import Lens
from vmr.model.two_tower import Model, ModelConfig

Array = NDArray[np.float32]

# What movement and cutting add to the tables' energy, in spreads of their logarithm. Chosen on two
# sets of clips, judged apart: it raised the correlation on the one and kept it on the other.
PACE = {"flow": 0.25, "cut_rate": 0.3}

# How much of a label's level a clip must exceed. Rare genres have none; with less of the others'
# taken out, a clip that shows little the tables know gets a usual genre instead of a rare one.
LEVEL_SHARE = {"mood": 1.0, "genre": 0.8}

POSITIVE, NEGATIVE = ("happy", "tender", "playful"), ("dark", "tense", "sad")


def build_starter(
    ingredients: Ingredients,
    picture_encoder: EfficientNetLite0,
    music_encoder: MusicEncoder,
    config: StarterConfig,
    say: Callable[[str], None],
    withheld: frozenset[str] = frozenset(),
) -> Model:
    """Train a model. ``withheld``: ids of tracks whose labels are not used at all (to measure)."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    seen, heard = picture_lens(picture_encoder), music_lens(music_encoder.columns)
    model = Model(
        ModelConfig(
            video_dim=picture_encoder.dim,
            music_dim=music_encoder.dim,
            video_encoder=picture_encoder.id,
            music_encoder=music_encoder.id,
            labels=LABELS,
            dim=config.dim,
            members=config.members,
            hidden=config.hidden,
            dropout=config.dropout,
            video_pooling=("mean",),
            music_pooling=("mean",),
            video_lens=seen.size.to_tuple(),
            music_lens=heard.size.to_tuple(),
            label_pull=config.label_pull,
            hub_share=config.hub_share,
            own_spread=config.own_spread,
            label_level=config.label_level,
        )
    )
    _fill(model, seen, heard)
    frames = np.concatenate(list(ingredients.footage))[:, :POOLED]
    virtual = virtual_clips(scenery(picture_encoder, frames), config.virtual_clips, rng)
    clips = [*virtual, *ingredients.footage]
    model.fit_inputs(clips, ingredients.features)
    scores = said(_through(seen, clips))
    usual = {facet: LEVEL_SHARE[facet] * levels(scores[facet]) for facet in LABELS}
    above = {facet: scores[facet] - usual[facet] for facet in LABELS}
    video = _picture_side(model, clips, ingredients.cut_lists, scores, above, config)
    music = _music_side(model, ingredients, heard, music_encoder, config, withheld)
    anchors = train_starter(model, video, above, music, config, say)
    write_reading(model.video_tower, usual, anchors)
    chosen = rng.permutation(len(virtual))[: config.bank]
    bank = [virtual[i] for i in chosen] + list(ingredients.footage)[: config.bank // 4]
    fit_around(model, model.video_tower.prepare(bank), music.prepared, anchors)
    return model


def _fill(model: Model, seen: Lens, heard: Lens) -> None:
    for tower, lens in ((model.video_tower, seen), (model.music_tower, heard)):
        if tower.lens is None:
            raise ValueError("the configuration has no lens to fill")
        tower.lens.load_state_dict(lens.state_dict())


def _picture_side(
    model: Model,
    clips: Sequence[Array],
    cut_lists: Sequence[CutList],
    scores: dict[str, Array],
    above: dict[str, Array],
    config: StarterConfig,
) -> Side:
    """Axes by the tables; for edited footage by the cut list, which is why the cuts are there."""
    stats = np.stack([clip[:, POOLED:].mean(0) for clip in clips])
    by_name = dict(zip(VIDEO_STATS, stats.T, strict=True))
    light = by_name["brightness"] + 0.5 * by_name["saturation"]
    pace = sum(share * _log_scores(by_name[stat]) for stat, share in PACE.items())
    energy = normal_scores(normal_scores(scores["energy"]) + pace)
    axes = np.stack([energy, _feeling(scores["mood"]), normal_scores(light)], axis=1)
    wanted = np.array([(c.energy, c.positive, c.bright) for c in cut_lists])
    axes[len(clips) - len(cut_lists) :] = torch.special.ndtri(
        torch.as_tensor(wanted.clip(0.02, 0.98))
    ).numpy()
    labels = {facet: soft_labels(above[facet], config.sharpness) for facet in LABELS}
    return Side(model.video_tower.prepare(clips), axes.astype(np.float32), labels)


def _music_side(
    model: Model,
    ingredients: Ingredients,
    lens: Lens,
    encoder: MusicEncoder,
    config: StarterConfig,
    withheld: frozenset[str],
) -> Side:
    """Axes by tables, signal and known moods; labels by tables and what the catalog knows."""
    inside = _through(lens, ingredients.features)
    scores = said(inside)
    stats = in_group(encoder.columns, "stats")
    signal = np.stack([rows[:, stats].mean(0) for rows in ingredients.features])
    arousal = inside[:, lens.size.heads - 1]
    energy = normal_scores(
        0.5 * normal_scores(scores["energy"])
        + 0.8 * normal_scores(signal[:, AUDIO_STATS.index("energy")])
        + 0.3 * normal_scores(arousal)
    )
    energy = _with_known_energy(energy, ingredients.tracks, config.known_energy, withheld)
    bright = normal_scores(signal[:, AUDIO_STATS.index("centroid")])
    labels = {
        facet: soft_labels(scores[facet] - levels(scores[facet]), config.sharpness)
        for facet in LABELS
    }
    for i, track in enumerate(ingredients.tracks):
        if track.id in withheld:
            continue
        _mix_in(labels["genre"][i], track.genre, GENRES, config.own_genre)
        if track.id in ingredients.known_moods:
            _mix_in(labels["mood"][i], track.mood, MOODS, config.own_mood)
    axes = np.stack([energy, _feeling(scores["mood"]), bright], axis=1)
    return Side(model.music_tower.prepare(ingredients.features), axes, labels)


def _with_known_energy(
    energy: Array, tracks: Sequence[Track], share: float, withheld: frozenset[str]
) -> Array:
    """Draw the axis towards what a known mood says of the energy (a human said so)."""
    known = energy.copy()
    for i, track in enumerate(tracks):
        moods = [MOOD_ENERGY[mood] for mood in track.mood if mood in MOOD_ENERGY]
        if moods and track.id not in withheld:
            known[i] = (1 - share) * energy[i] + share * (np.mean(moods) - 2.7) / 1.2
    return normal_scores(known)


def _mix_in(row: Array, own: Sequence[str], names: Sequence[str], share: float) -> None:
    known = [names.index(name) for name in own if name in names]
    if known:
        row *= 1 - share
        row[known] += share / len(known)


def _log_scores(x: Array) -> Array:
    """Standardised logarithm, for amounts that differ by powers of ten: (N,) -> (N,)."""
    log = np.log(np.maximum(x, 1e-3))
    return np.asarray((log - log.mean()) / (log.std() + 1e-6), dtype=np.float32)


def _feeling(moods: Array) -> Array:
    """Positive against negative moods as normal scores: (N, 12) -> (N,)."""
    plus, minus = (
        moods[:, [MOODS.index(name) for name in names]].mean(1) for names in (POSITIVE, NEGATIVE)
    )
    return normal_scores(plus - minus)


def _through(lens: Lens, clips: Sequence[Array]) -> Array:
    """Mean columns of the lens over each clip: (N, columns)."""
    return np.stack([lens(torch.as_tensor(clip)).mean(0).numpy() for clip in clips])
