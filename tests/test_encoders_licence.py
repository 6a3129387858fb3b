"""Weights that may not be used commercially are refused before anything of them is loaded.

No transformers here, and no model: the licence is known by the kind of encoder alone.
"""

import sys

import pytest

from vmr.encoders import load_music_encoder, load_video_encoder
from vmr.errors import EncoderError


@pytest.fixture(autouse=True)
def without_transformers(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)


def test_mert_is_refused_for_commercial_use(tmp_path):
    with pytest.raises(EncoderError, match=r"may not be used commercially.*CC-BY-NC-4\.0"):
        load_music_encoder(f"mert:{tmp_path}", commercial=True)


def test_without_that_wish_mert_is_refused_for_what_is_missing_alone(tmp_path):
    with pytest.raises(EncoderError) as refused:
        load_music_encoder(f"mert:{tmp_path}")
    assert "commercially" not in str(refused.value)


@pytest.mark.parametrize("id", ["clap:nowhere", "musicnn"])
def test_music_encoders_of_free_weights_pass_the_gate(id):
    """What stops clap here is the missing model, not its licence."""
    try:
        encoder = load_music_encoder(id, commercial=True)
    except EncoderError as error:
        assert "commercially" not in str(error)
    else:
        assert encoder.commercial


def test_the_default_video_encoder_may_be_used_commercially():
    assert load_video_encoder("efficientnet-lite0", commercial=True).commercial
