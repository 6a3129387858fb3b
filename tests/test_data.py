"""pairs.csv: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytest import approx

from vmr.errors import ManifestError, MediaError
from vmr.training.pairs import label_matrix, load_split, read_pairs


def write_table(folder: Path, lines: list[str], header: str = "id,video,music,split,genre") -> Path:
    path = folder / "pairs.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for i in range(6):
        np.save(tmp_path / f"v{i}.npy", rng.normal(size=(3 + i, 5)).astype(np.float16))
        np.save(tmp_path / f"m{i}.npy", rng.normal(size=(2, 4)))
    return tmp_path


GOOD = [
    "a,v0.npy,m0.npy,train,rock|pop",
    "b,v1.npy,m1.npy,train,",
    "c,v2.npy,m2.npy,val,jazz",
    "d,v3.npy,m3.npy,test, rock |rock",
]


def test_a_good_table_becomes_pairs_with_multi_hot_labels(folder: Path) -> None:
    pairs = read_pairs(write_table(folder, GOOD))
    assert pairs.labels == {"genre": ("jazz", "pop", "rock")}
    sets = load_split(pairs, ("train", "test"))
    assert list(sets["train"].ids) == ["a", "b"]
    assert sets["train"].video_labels["genre"].tolist() == [[0, 1, 1], [0, 0, 0]]
    assert sets["test"].music_labels["genre"].tolist() == [[0, 0, 1]]
    assert sets["train"].video[1].shape == (4, 5)
    assert sets["train"].video[0].dtype == np.float32
    expected = np.load(folder / "m3.npy")
    assert sets["test"].music[0] == approx(expected, rel=1e-6)
    assert pairs.describe()["pairs"] == {"train": 2, "val": 1, "test": 1}


def test_only_the_facets_asked_for_are_read_and_groups_are_no_facets(folder: Path) -> None:
    lines = ["a,v0.npy,m0.npy,train,rock,sad,Ann,One", "b,v1.npy,m1.npy,test,,,Bob,Two"]
    path = write_table(folder, lines, "id,video,music,split,genre,mood,artist,title")
    assert set(read_pairs(path).labels) == {"genre", "mood"}
    assert set(read_pairs(path, ["mood"]).labels) == {"mood"}
    assert read_pairs(path).rows[0].groups == {"artist": "Ann"}
    with pytest.raises(ManifestError, match="no column 'tempo'"):
        read_pairs(path, ["tempo"])


def test_labels_of_a_checkpoint_set_the_columns_and_unknown_names_are_left_out() -> None:
    rows = [{"genre": ["rock", "metal"]}, {"genre": []}]
    assert label_matrix(rows, "genre", ["pop", "rock"]).tolist() == [[0, 1], [0, 0]]


def test_every_bad_row_is_named_by_its_number_in_one_error(folder: Path) -> None:
    lines = [
        "a,v0.npy,m0.npy,train,",
        "a,v1.npy,m1.npy,train,",  # row 3: doubled id
        "c,v2.npy,gone.npy,train,",  # row 4: missing file
        "d,v3.npy,m3.npy,dev,",  # row 5: unknown split
        ",v4.npy,m4.npy,test,",  # row 6: no id
        "f,v0.npy,m5.npy,test,",  # row 7: v0 is in train
        "g,v5.npy,m0.npy,val,",  # row 8: m0 is in train
    ]
    with pytest.raises(ManifestError) as caught:
        read_pairs(write_table(folder, lines))
    text = str(caught.value)
    assert "row 3: the id 'a' is also in row 2" in text
    assert "row 4: there is no file" in text and "gone.npy" in text
    assert "row 5: the split 'dev' is not train, val or test" in text
    assert "row 6: it has no id" in text
    assert "row 7: its file 'v0.npy' is in test here and in train in row 2" in text
    assert "row 8" not in text and "and 1 more" in text
    assert "nothing was written" in text


@pytest.mark.parametrize("column", ["source", "artist", "group"])
def test_a_group_in_two_splits_is_refused(folder: Path, column: str) -> None:
    lines = ["a,v0.npy,m0.npy,train,Rihanna", "b,v1.npy,m1.npy,test,Rihanna"]
    path = write_table(folder, lines, f"id,video,music,split,{column}")
    with pytest.raises(ManifestError, match=f"row 3: its {column} 'Rihanna' is in test here"):
        read_pairs(path)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.array([[1.0, np.nan, 0, 0]]), "1 value that is NaN"),
        (np.array([[1.0, np.inf, np.nan, 0]]), "2 values that are NaN"),
        (np.ones((2, 7)), "7 columns where others have 4"),
        (np.ones(4), r"not \(T, D\)"),
        (np.zeros((0, 4)), r"not \(T, D\)"),
        (np.array([["a"]]), r"not \(T, D\)"),
        (np.array([{"x": 1}]), "not an .npy array"),
    ],
)
def test_unusable_features_are_refused(folder: Path, array: np.ndarray, reason: str) -> None:
    np.save(folder / "m1.npy", array, allow_pickle=True)
    pairs = read_pairs(write_table(folder, GOOD))
    with pytest.raises(ManifestError, match=f"row 3: .*{reason}"):
        load_split(pairs, ("train", "val", "test"))


def test_a_damaged_array_and_media_without_an_encoder_are_refused(folder: Path) -> None:
    (folder / "v1.npy").write_bytes(b"\x93NUMPY broken")
    (folder / "v0.mp4").write_bytes(b"x")
    lines = ["a,v0.mp4,,train,", *GOOD[1:]]
    with pytest.raises(ManifestError, match=r"row 2: v0.mp4 is not an .npy.*row 3: v1.npy is not"):
        load_split(read_pairs(write_table(folder, lines)), ("train",))


def test_an_empty_music_is_the_videos_own_sound(folder: Path) -> None:
    class Recorder:
        def video(self, path: Path) -> np.ndarray:
            return np.full((2, 3), len(path.name), dtype=np.float32)

        def music(self, path: Path) -> np.ndarray:
            if path.name == "silent.mp4":
                raise MediaError("media.no_sound", name="silent.mp4")
            return np.full((1, 2), len(path.name), dtype=np.float32)

    (folder / "clip.mp4").write_bytes(b"x")
    (folder / "silent.mp4").write_bytes(b"y")
    seen: list[str] = []
    pairs = read_pairs(write_table(folder, ["a,clip.mp4,,train,"]))
    sets = load_split(
        pairs, ("train",), Recorder(), progress=lambda done, of, name: seen.append(name)
    )
    assert sets["train"].music[0].tolist() == [[8, 8]] and seen == ["clip.mp4"]
    pairs = read_pairs(write_table(folder, ["a,clip.mp4,,train,", "b,silent.mp4,,train,"]))
    with pytest.raises(ManifestError, match=r"row 3: silent\.mp4 has no sound"):
        load_split(pairs, ("train",), Recorder())


def test_an_array_without_music_is_refused(folder: Path) -> None:
    pairs = read_pairs(write_table(folder, ["a,v0.npy,,train,"]))
    with pytest.raises(ManifestError, match="has no sound"):
        load_split(pairs, ("train",))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id,video,music,split\n\x81\x00\x8d,a,b,train\n", "not text in any usual encoding"),
        (b"id,video,music\n1,a,b\n", "lacks a column called split"),
        (b"id,video,music,split,split\n", "two columns called split"),
        (b"id,video,music,split\n", "there is no row"),
        (b"", "lacks columns"),
    ],
)
def test_a_file_that_is_no_table_of_pairs_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(content)
    with pytest.raises(ManifestError, match=reason):
        read_pairs(path)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="There is no table"):
        read_pairs(tmp_path / "pairs.csv")
