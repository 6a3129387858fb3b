"""The models that the study on MuVi-Sync compares."""

from __future__ import annotations

from dataclasses import replace

from vmr.evaluation.studies.muvisync_data import (
    CLIP,
    MUSIC_WINDOW_S,
    RICH,
    VIDEO_WINDOW_S,
    WHOLE,
    Songs,
)
from vmr.model.config import ModelConfig

FACET = "genre"


def base_config(songs: Songs) -> ModelConfig:
    """The towers of the plain rows: 30 s windows on both sides, mean, spread and change."""
    return ModelConfig(
        songs.video[0].shape[1],
        songs.music[0].shape[1],
        labels={FACET: songs.genres},
        video_pca=96,
        video_pca_columns=CLIP,
        video_window=VIDEO_WINDOW_S,
        music_window=VIDEO_WINDOW_S,
        music_pooling=("mean", "std", "change"),
    )


def rich_config(songs: Songs) -> ModelConfig:
    """Music in 60 s windows, with statistics of movement at several scales."""
    return replace(base_config(songs), music_window=MUSIC_WINDOW_S, music_pooling=RICH)


def course_config(songs: Songs) -> ModelConfig:
    """The same with the time course beside it."""
    return replace(rich_config(songs), course=64, video_smooth=5, music_smooth=5)


def full_config(songs: Songs) -> ModelConfig:
    """Linear maps, time course and label posteriors, each beside the branch it helps."""
    return replace(course_config(songs), posterior_share=0.7, music_whole=WHOLE, linear=True)
