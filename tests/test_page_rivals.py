"""Several checkpoints on one query: the same catalogs, other numbers; a misfit is refused."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from vmr.errors import CheckpointError, VmrError
from vmr.model.checkpoint import load_model, save_model
from vmr.model.two_tower import Model
from vmr.page.rivals import Rivals
from vmr.page.service import Service


@pytest.fixture(scope="module")
def shaken(retriever, tmp_path_factory):
    """The bundled checkpoint with noise on one tower."""
    model = load_model(retriever.checkpoint)
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.music_tower.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    path = tmp_path_factory.mktemp("rivals") / "shaken.safetensors"
    save_model(model, path)
    return path


@pytest.fixture(scope="module")
def keeping(film_retriever):
    return dataclasses.replace(film_retriever, keeps_features=True)


@pytest.fixture(scope="module")
def rivals(keeping, shaken):
    service = Service(keeping, str, (keeping.rival(shaken), keeping.rival(keeping.checkpoint)))
    return Rivals(service)


@pytest.fixture(scope="module")
def columns(rivals, keeping, short_video):
    query = keeping.embed_video(short_video)
    rivals.service.memory.keep(query)
    return json.loads(json.dumps(rivals.compare(query.key)))


def parts(column):
    return np.array([track["parts"] for track in column["tracks"]])


def test_each_checkpoint_ranks_the_same_tracks_in_its_own_way(columns, shaken):
    assert [column["name"] for column in columns] == ["starter", "shaken", "starter"]
    shared = {track["id"] for track in columns[0]["tracks"]} & {
        track["id"] for track in columns[1]["tracks"]
    }
    assert len(shared) >= 28
    assert columns[0]["fingerprint"] != columns[1]["fingerprint"]
    assert not np.allclose(parts(columns[0])[:28], parts(columns[1])[:28], atol=0.05)


def test_the_same_checkpoint_beside_itself_gives_the_same_numbers(columns):
    """Only the rounding of kept features to float16 lies between."""
    np.testing.assert_allclose(parts(columns[0]), parts(columns[2]), atol=0.02)


def test_a_track_of_the_catalog_is_compared_without_kept_features(rivals, keeping):
    query = keeping.like(4)
    rivals.service.memory.keep(query)
    column = rivals.compare(query.key)[1]
    assert len(column["tracks"]) == 4  # films: music asks for videos


@pytest.mark.thorough
def test_features_are_kept_only_where_others_may_ask(film_retriever, keeping, calm_track):
    assert film_retriever.embed_music(calm_track).features is None
    query = keeping.embed_music(calm_track)
    assert query.features is not None and query.features.dtype == np.float16
    forgotten = dataclasses.replace(query, features=None, sha256="0" * 64)
    with pytest.raises(VmrError, match="Drop it again"):
        keeping.again(forgotten)


def test_a_checkpoint_of_another_encoder_is_refused_by_name(keeping, tmp_path):
    config = dataclasses.replace(keeping.model.config, music_encoder="mert:other")
    path = tmp_path / "other.safetensors"
    save_model(Model(config), path)
    with pytest.raises(CheckpointError, match=r"other\.safetensors was trained on .*mert:other"):
        keeping.rival(path)
