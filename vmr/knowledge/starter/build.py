"""From ingredients to a finished model: what each side is, what is said of it, training, banks.

Everything needed lies in the project: the tables and heads (vmr.knowledge), the features of edited
footage (footage.safetensors), and the catalogs' features. Same ingredients and seed, same model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.catalogs.tracks_table import Track
from vmr.embedding import SSL
from vmr.encoders.audio_stats import AUDIO_STATS
from vmr.encoders.base import MusicEncoder, in_group
from vmr.encoders.efficientnet import POOLED, EfficientNetLite0
from vmr.knowledge.starter.ingredients import Ingredients
from vmr.knowledge.starter.lenses import music_lens, picture_axes, picture_lens, table_scores
from vmr.knowledge.starter.reading import Axes, write_axes, write_reading
from vmr.knowledge.starter.training import (
    AXIS_WEIGHTS,
    StarterConfig,
    TrainingSide,
    fit_around,
    levels,
    normal_scores,
    soft_labels,
    train_starter,
)
from vmr.knowledge.starter.virtual import scenery, virtual_clips
from vmr.knowledge.vocabulary import GENRES, LABELS, MOOD_ENERGY, MOODS, NEGATIVE, POSITIVE
from vmr.model.config import ModelConfig
from vmr.model.front_end import Lens
from vmr.model.two_tower import Model
from vmr.training.loop import StepProgress

Array = NDArray[np.float32]

# How much of a label's level a clip must exceed. With all of it taken out every label would be as
# likely as the next where little is seen; what is left is that calm or happy music, or electronic,
# fits more pictures than tender music or the blues.
LEVEL_SHARE = {"mood": 0.5, "genre": 0.4}
# Facets of which it does not matter how much a picture speaks against a label.
ONLY_FOR = ("mood",)
# Real footage differs more in energy, feeling and light than clips made from the tables.
AXIS_SPREAD = (1.7, 1.5, 1.0)


def build_starter(
    ingredients: Ingredients,
    picture_encoder: EfficientNetLite0,
    music_encoder: MusicEncoder,
    config: StarterConfig,
    progress: StepProgress | None = None,
    withheld: frozenset[str] = frozenset(),
) -> Model:
    """Train a model. ``withheld``: ids of tracks whose labels are not used at all (to measure)."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    video_lens, sound_lens = picture_lens(picture_encoder), music_lens(music_encoder.columns)
    model = _untrained(picture_encoder, music_encoder, video_lens, sound_lens, config)
    frames = np.concatenate(list(ingredients.footage))[:, :POOLED]
    virtual = virtual_clips(scenery(picture_encoder, frames), config.virtual_clips, rng)
    clips = [*virtual, *ingredients.footage]
    model.fit_inputs(clips, ingredients.features)
    inside = _through(video_lens, clips)
    scores = table_scores(inside)
    usual = {facet: LEVEL_SHARE[facet] * levels(scores[facet]) for facet in LABELS}
    above = {facet: scores[facet] - usual[facet] for facet in LABELS}
    music = _music_side(model, ingredients, sound_lens, music_encoder, config, withheld)
    anchors = train_starter(model, above, music, config, progress)
    write_axes(model.video_tower, _standard_axes(video_lens, inside), AXIS_WEIGHTS, anchors[SSL])
    write_reading(model.video_tower, usual, anchors, only_for=ONLY_FOR)
    chosen = rng.permutation(len(virtual))[: config.bank]
    bank = [virtual[i] for i in chosen] + list(ingredients.footage)[: config.bank // 4]
    fit_around(model, model.video_tower.prepare(bank), music.prepared, anchors)
    return model


def _untrained(
    picture_encoder: EfficientNetLite0,
    music_encoder: MusicEncoder,
    video_lens: Lens,
    sound_lens: Lens,
    config: StarterConfig,
) -> Model:
    """A model for these encoders, with its lenses in place."""
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
            video_lens=video_lens.size.to_tuple(),
            music_lens=sound_lens.size.to_tuple(),
            label_pull=config.label_pull,
            hub_share=config.hub_share,
            hub_share_ssl=config.hub_share_ssl,
            ssl_spread=config.ssl_spread,
            own_spread=config.own_spread,
            label_level=config.label_level,
        )
    )
    for tower, lens in ((model.video_tower, video_lens), (model.music_tower, sound_lens)):
        assert tower.lens is not None  # its size stands in the configuration
        tower.lens.load_state_dict(lens.state_dict())
    return model


def _standard_axes(lens: Lens, inside: Array) -> Axes:
    """The picture's axes, level 0 and spread about 1 on real footage; inside (N, columns)."""
    weight = picture_axes(lens.size)
    raw = inside @ weight
    weight = weight / (raw.std(axis=0) * np.array(AXIS_SPREAD, np.float32))
    return Axes(weight.astype(np.float32), -(inside @ weight).mean(axis=0).astype(np.float32))


def _music_side(
    model: Model,
    ingredients: Ingredients,
    lens: Lens,
    encoder: MusicEncoder,
    config: StarterConfig,
    withheld: frozenset[str],
) -> TrainingSide:
    """Axes by tables, signal and known moods; labels by tables and what the catalog knows."""
    inside = _through(lens, ingredients.features)
    scores = table_scores(inside)
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
    return TrainingSide(model.music_tower.prepare(ingredients.features), axes, labels)


def _with_known_energy(
    energy: Array, tracks: Sequence[Track], share: float, withheld: frozenset[str]
) -> Array:
    """Draw the axis towards what a known mood says of the energy (a human said so)."""
    drawn = energy.copy()
    for i, track in enumerate(tracks):
        moods = [MOOD_ENERGY[mood] for mood in track.mood if mood in MOOD_ENERGY]
        if moods and track.id not in withheld:
            drawn[i] = (1 - share) * energy[i] + share * (np.mean(moods) - 2.7) / 1.2
    return normal_scores(drawn)


def _mix_in(row: Array, own: Sequence[str], names: Sequence[str], share: float) -> None:
    columns = [names.index(name) for name in own if name in names]
    if columns:
        row *= 1 - share
        row[columns] += share / len(columns)


def _feeling(moods: Array) -> Array:
    """Positive against negative moods as normal scores: (N, 12) -> (N,)."""
    plus, minus = (
        moods[:, [MOODS.index(name) for name in names]].mean(1) for names in (POSITIVE, NEGATIVE)
    )
    return normal_scores(plus - minus)


def _through(lens: Lens, clips: Sequence[Array]) -> Array:
    """Mean columns of the lens over each clip: (N, columns)."""
    return np.stack([lens(torch.as_tensor(clip)).mean(0).numpy() for clip in clips])
