"""A track that the policy refuses cannot be reached, however it is asked for."""

import numpy as np
import pytest

from tests.test_catalog import WIDTH, small_model
from vmr.catalogs.arrays import PEAKS, feature_table
from vmr.catalogs.collection import open_collection
from vmr.catalogs.policy import Policy, policy_of, read_policy
from vmr.catalogs.tracks_table import Track
from vmr.catalogs.write_music import write_catalog
from vmr.config import PROJECT, Settings
from vmr.errors import CatalogError, VmrError
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder

TRACKS = [
    Track("free", "Free", audio="free.ogg", licence="CC BY 4.0"),
    Track("amateur", "Amateur", audio="amateur.ogg", licence="CC BY-NC 4.0"),
    Track("ended", "Ended", audio="ended.ogg", licence="own contract", valid_until="2020-01-01"),
    Track("nobody", "Nobody", audio="nobody.ogg"),
    Track("preview", "Preview", audio="preview.ogg", licence="MIT", uses=("rank", "play")),
    Track("silent", "Silent", audio="silent.ogg", licence="MIT", uses=("rank",)),
]


@pytest.fixture
def folder(tmp_path):
    folder, rng = tmp_path / "mine", np.random.default_rng(0)
    rows = [rng.normal(size=(2, WIDTH)).astype(np.float32) for _ in TRACKS]
    peaks = np.zeros((len(TRACKS), PEAKS), np.uint8)
    table = feature_table([track.id for track in TRACKS], rows, "ears")
    write_catalog(folder, TRACKS, table, peaks, small_model(0))
    for track in TRACKS:
        (folder / track.audio).write_bytes(b"sound")
    return folder


def ids(collection, has=lambda place: True):
    return [place.track.id for place in collection.places if has(place)]


def exported(place):
    try:
        return place.audio_to_export() is not None
    except VmrError:
        return False


def test_what_may_not_be_ranked_has_no_position_and_no_vector(folder):
    model = small_model(0)
    collection = open_collection([folder], model, Policy(commercial=True))
    assert ids(collection) == ["free", "ended", "preview", "silent"]
    whole = open_collection([folder], model)
    kept = whole.embeddings.values[[0, 2, 4, 5]]
    assert (collection.embeddings.values == kept).all()
    with pytest.raises(VmrError):
        collection.place(4)
    assert ids(collection.opened_for(model)) == ids(collection)  # another checkpoint beside it


def test_what_may_be_ranked_only_is_not_played_and_what_has_ended_is_not_taken_away(folder):
    collection = open_collection([folder], small_model(0))
    played = ids(collection, lambda place: place.audio() is not None)
    assert played == ["free", "amateur", "ended", "nobody", "preview"]
    assert ids(collection, exported) == ["free", "amateur", "nobody"]


def test_a_file_decides_together_with_the_flag(folder, tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('[play]\nnever = ["MIT"]\n[export]\nonly = ["CC-BY-*"]\n', encoding="utf-8")
    policy = policy_of(Settings(policy=path, commercial=True))
    collection = open_collection([folder], small_model(0), policy)
    assert ids(collection) == ["free", "ended", "preview", "silent"]
    assert ids(collection, lambda place: place.audio() is not None) == ["free", "ended"]
    assert ids(collection, exported) == ["free"]


def test_a_policy_that_leaves_nothing_is_said(folder, tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('[rank]\nonly = ["Artistic-2.0"]\n', encoding="utf-8")
    with pytest.raises(CatalogError):
        open_collection([folder], small_model(0), read_policy(path))


def test_a_refused_track_is_not_rendered_and_the_reason_is_said(folder, tmp_path):
    class Service:
        class retriever:  # noqa: N801 - stands for the page's
            music = open_collection([folder], small_model(0))

        @staticmethod
        def log(entry) -> None:
            assert entry.action == "refused"

    take_away = TakeAway(Service, TransientFolder(60))
    with pytest.raises(VmrError, match=r"'Ended' may not be taken away: .* ended on 2020-01-01"):
        take_away.render(tmp_path / "any.mp4", 2, {}, lambda step, done: None)


def test_the_example_of_a_policy_can_be_followed():
    assert read_policy(PROJECT / "docs" / "policy.toml").rules["rank"].commercial is False
