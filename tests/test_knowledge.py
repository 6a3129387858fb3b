"""The tables and heads: what a person writes is read as written, and errors name the place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vmr.encoders.efficientnet import class_names
from vmr.encoders.musicnn import Musicnn
from vmr.errors import CheckpointError, ManifestError
from vmr.knowledge.describe import recognised
from vmr.knowledge.heads import Heads, read_heads, write_heads
from vmr.knowledge.scenes import COLUMNS, class_groups, condition_values, read_scenes, weights
from vmr.knowledge.starter.fit_heads import fit_music_heads, fit_picture_heads, roc_auc
from vmr.knowledge.starter.photos import NAMES, fit_photo_heads, read_photos
from vmr.knowledge.tags import read_sounds
from vmr.knowledge.vocabulary import GENRES, MOOD_ENERGY, MOODS


def scene(**cells: str) -> dict[str, str]:
    row = {
        "concept": "sea",
        "group": "nature",
        "classes": "seashore|pier",
        "when": "",
        "energy": "2",
        "moods": "calm:3|energetic:-1.5",
        "genres": "ambient:2",
        "instruments": "harp:2|drums:-1",
        "why": "waves",
    }
    return row | cells


def table(folder: Path, *rows: dict[str, str]) -> Path:
    lines = [",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in rows)]
    path = folder / "scenes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_is_read_as_it_is_written(tmp_path: Path) -> None:
    (concept,) = read_scenes(table(tmp_path, scene(when="dark 0.2..0.6 & people -0.5..-1")))
    names = class_names()
    assert {names[i] for i in concept.classes} == {"seashore", "pier"}
    assert concept.meaning.moods == {"calm": 3.0, "energetic": -1.5}
    moods, genres, energy = weights([concept.meaning])
    assert moods[0, MOODS.index("calm")] == 3.0 and moods[0, MOODS.index("energetic")] == -1.5
    assert genres[0, GENRES.index("ambient")] == 2.0 and np.abs(genres).sum() == 2.0
    assert energy.tolist() == [2.0]
    assert concept.instruments == {"harp": 2.0, "drums": -1.0}


def test_a_range_of_classes_takes_both_ends(tmp_path: Path) -> None:
    (concept,) = read_scenes(table(tmp_path, scene(classes="tabby cat..Egyptian Mau")))
    assert [class_names()[i] for i in concept.classes] == [
        "tabby cat",
        "tiger cat",
        "Persian cat",
        "Siamese cat",
        "Egyptian Mau",
    ]


def test_class_groups_add_the_probabilities_of_a_concept(tmp_path: Path) -> None:
    concepts = read_scenes(table(tmp_path, scene(), scene(concept="pets", classes="tabby cat")))
    p = np.zeros(1000, dtype=np.float32)
    p[[class_names().index(name) for name in ("seashore", "pier", "tabby cat")]] = 0.2, 0.3, 0.4
    assert p @ class_groups(concepts).T == pytest.approx([0.5, 0.4])


def test_a_classifier_that_knows_nothing_names_nothing() -> None:
    groups = class_groups(read_scenes())
    assert not recognised(np.full((3, 1000), 1e-3, np.float32), groups).any()


def test_what_is_far_behind_the_strongest_is_not_named(tmp_path: Path) -> None:
    rows = [
        scene(),
        scene(concept="cat", classes="tabby cat"),
        scene(concept="bus", classes="minibus"),
    ]
    p = np.full((2, 1000), 1e-5, dtype=np.float32)
    p[0, [class_names().index(name) for name in ("seashore", "tabby cat")]] = 0.6, 0.3
    p[1, [class_names().index(name) for name in ("pier", "minibus")]] = 0.6, 0.1
    found = recognised(p, class_groups(read_scenes(table(tmp_path, *rows))))
    assert found[0] == pytest.approx(0.6, abs=1e-3) and found[1:].tolist() == [0.0, 0.0]
    p[0, class_names().index("tabby cat")] = 0.5
    found = recognised(p, class_groups(read_scenes(tmp_path / "scenes.csv")))
    assert found[:2] == pytest.approx([0.6, 0.25], abs=1e-3) and found[2] == 0


def test_ramps_rise_fall_and_multiply(tmp_path: Path) -> None:
    concepts = read_scenes(table(tmp_path, scene(when="dark 0.2..0.6 & people -0.5..-1")))
    columns = {
        "dark": np.array([0.1, 0.4, 0.9, 0.9], np.float32),
        "people": np.array([-2.0, -2.0, -0.75, 0.0], np.float32),
    }
    assert condition_values(concepts, columns)[:, 0] == pytest.approx([0, 0.5, 0.5, 0])
    assert condition_values(concepts, {"dark": columns["dark"]}).max() == 0  # no people column


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"moods": "calmish:2"}, "calmish"),
        ({"moods": "calm:4"}, "not between"),
        ({"moods": "calm"}, "not a number"),
        ({"genres": "polka:1"}, "polka"),
        ({"instruments": "kazoo:1"}, "kazoo"),
        ({"energy": "6"}, "not between"),
        ({"energy": "fast"}, "not a number"),
        ({"classes": "unicorn"}, "unicorn"),
        ({"classes": "pier|pier"}, "twice"),
        ({"when": "dark 0.5"}, "dark"),
        ({"when": "gloom 0.1..0.5"}, "gloom"),
        ({"when": "dark 0.5..0.5"}, "dark"),
        ({"why": ""}, "reason"),
        ({"concept": ""}, "name"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(
    tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    with pytest.raises(ManifestError, match=said) as caught:
        read_scenes(table(tmp_path, scene(concept="first"), scene(**cells)))
    assert "line 3" in str(caught.value) and "scenes.csv" in str(caught.value)


def test_a_concept_may_not_stand_twice(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="two rows"):
        read_scenes(table(tmp_path, scene(), scene()))


def test_a_damaged_table_is_said_not_raised_raw(tmp_path: Path) -> None:
    path = tmp_path / "scenes.csv"
    with pytest.raises(ManifestError, match="There is no table"):
        read_scenes(path)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="columns"):
        read_scenes(path)
    path.write_text(",".join(COLUMNS) + "\nsea,nature\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="line 2"):
        read_scenes(path)


def test_the_bundled_tables_hold_about_a_hundred_concepts_and_every_tag() -> None:
    concepts = read_scenes()
    assert 90 <= len(concepts) <= 130
    assert [c.name for c in concepts if not c.classes and not c.when] == [], "a row without eyes"
    moods, genres, _ = weights([c.meaning for c in concepts])
    assert (moods > 0).any(0).all(), "every mood needs a concept that speaks for it"
    assert (genres > 0).any(0).all(), "every genre needs a concept that speaks for it"
    columns = Musicnn.columns
    sounds = read_sounds(columns)
    tags = {s.name for s in sounds if not s.when}
    assert tags == {c for c in columns if c.startswith(("msd:", "mtt:"))}
    moods, genres, _ = weights([s.meaning for s in sounds])
    assert (moods > 0).any(0).all() and (genres > 0).any(0).all()
    assert set(MOOD_ENERGY) == set(MOODS)


def test_heads_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "heads.safetensors"
    heads = Heads(("people",), np.ones((1, 3), np.float32), np.array([0.5], np.float32))
    write_heads({"picture": heads}, {"from": "a test"}, path)
    again = read_heads("picture", path)
    assert again.names == ("people",)
    assert again(np.array([[1, 2, 3]], np.float32)) == pytest.approx(np.array([[6.5]]))
    with pytest.raises(CheckpointError, match="--fit-heads"):
        read_heads("music", path)
    path.write_bytes(b"no")
    with pytest.raises(CheckpointError, match="damaged"):
        read_heads("picture", path)


def test_roc_auc_counts_pairs_in_order() -> None:
    score = np.array([0.1, 0.4, 0.35, 0.8])
    positive = np.array([False, False, True, True])
    pairs = [(p > n) + 0.5 * (p == n) for p in score[positive] for n in score[~positive]]
    assert roc_auc(score, positive) == pytest.approx(np.mean(pairs))
    assert roc_auc(np.ones(4), positive) == 0.5
    assert roc_auc(score, np.ones(4, bool)) == 0.5


def synthetic_features(folder: Path) -> None:
    """Two picture sets: the label moves column 0 inside each set, the set itself moves column 1."""
    rng = np.random.default_rng(0)
    n = 240
    sets = np.repeat(["one", "two"], n // 2)
    people = rng.integers(0, 2, n)
    people[: n // 2] = rng.random(n // 2) < 0.9  # set one is mostly people
    x = rng.normal(0, 0.3, (n, 6)).astype(np.float32)
    x[:, 0] += people
    x[:, 1] += 4 * (sets == "one")
    common = {"features": x, "dataset": sets, "labels": np.arange(n).astype(str)}
    rated = (1 + people + rng.normal(0, 0.1, n)).astype(np.float32)
    (folder / "scenes").mkdir()
    np.savez(
        folder / "scenes" / "scene_features.npz",
        people=people, indoor=people, valence=rated, arousal=rated, **common,
    )  # fmt: skip
    (folder / "music_labels").mkdir()
    np.savez(
        folder / "music_labels" / "music_features.npz",
        tags=np.abs(x), valence=rated, arousal=rated, group=np.arange(n) // 4, dataset=sets,
    )  # fmt: skip


def test_heads_learn_the_label_and_not_the_set(tmp_path: Path) -> None:
    synthetic_features(tmp_path)
    heads, quality = fit_picture_heads(tmp_path)
    people = heads.weight[heads.names.index("people")]
    assert abs(people[0]) > 20 * abs(people[1]), "the set's own column must stay unused"
    assert quality["people"] > 0.9
    again, _ = fit_picture_heads(tmp_path)
    assert np.array_equal(again.weight, heads.weight)
    music, _ = fit_music_heads(tmp_path)
    assert music.names == ("valence", "arousal")
    with pytest.raises(ManifestError, match="scene_features"):
        fit_picture_heads(tmp_path / "nothing")


def test_photo_heads_say_what_the_table_says_of_the_concept_that_is_shown() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(["Dog", "War", "Lake", "unknown"], 50)
    features = rng.normal(size=(200, 6))
    for column, name in enumerate(("Dog", "War", "Lake")):
        features[labels == name, column] += 60
    heads, _ = fit_photo_heads(features, np.full(200, "OASIS"), labels)
    assert heads.names == NAMES
    said = dict(zip(NAMES, heads(features.astype(np.float32)).T, strict=True))
    happiest = said["happy"][:150].reshape(3, 50).mean(1).argmax()
    darkest = said["dark"][:150].reshape(3, 50).mean(1).argmax()
    calmest = said["calm"][:150].reshape(3, 50).mean(1).argmax()
    assert (happiest, darkest, calmest) == (0, 1, 2)
    with pytest.raises(ManifestError, match=r"photos\.csv"):
        fit_photo_heads(features, np.full(200, "elsewhere"), labels)


def test_a_photograph_may_only_show_a_concept_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "photos.csv"
    path.write_text("dataset,label,concept\nOASIS,Dog,dog\nOASIS,Cat,unicorn\n", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"line 3.*unicorn"):
        read_photos(path)
    path.write_text("dataset,label,concept\nOASIS,Dog,dog\nOASIS,Dog,cat\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="twice"):
        read_photos(path)
    assert len(read_photos()) > 200
