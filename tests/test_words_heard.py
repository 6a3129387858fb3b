"""Words where CLAP hears the tracks: its text tower asks the whole line; real, tiny and random."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from vmr.__main__ import main
from vmr.config import Settings
from vmr.encoders import load_music_encoder
from vmr.encoders.base import in_group, text_side
from vmr.encoders.clap import Clap
from vmr.errors import EncoderError
from vmr.knowledge.whole_line import whole_line
from vmr.knowledge.word_scores import HEARD_SHARE, line_values, word_term
from vmr.retriever import Retriever

transformers = pytest.importorskip(
    "transformers", reason="needs transformers: pip install -r requirements-hub.txt"
)
TRACKS = 6


@pytest.fixture(scope="module")
def clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.tiny_clap import write_clap

    return write_clap(tmp_path_factory.mktemp("clap"))


@pytest.fixture(scope="module")
def clap(clap_folder: Path) -> Clap:
    encoder = load_music_encoder(f"clap:{clap_folder}")
    assert isinstance(encoder, Clap)
    return encoder


def expected(folder: Path, texts: list[str]) -> np.ndarray:
    """What transformers makes of each text alone."""
    whole = transformers.ClapModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = []
    with torch.inference_mode():
        for text in texts:
            features = whole.get_text_features(**tokenizer(text, return_tensors="pt"))
            rows.append(getattr(features, "pooler_output", features)[0])
    return torch.nn.functional.normalize(torch.stack(rows), dim=1).numpy()


def test_a_text_is_embedded_as_the_whole_model_does_alone_and_among_others(clap, clap_folder):
    texts = ["warm piano", "slow sad strings for a sunset", "drums"]
    rows = clap.text.embed(texts)
    assert rows.shape == (3, 8) and rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected(clap_folder, texts), atol=1e-5)
    assert abs(float(rows[0] @ rows[1])) < 0.999  # not one row for all


def test_of_a_long_text_its_beginning_is_embedded(clap):
    long = "warm piano " * 60
    assert np.isfinite(clap.text.embed([long])).all()
    np.testing.assert_allclose(clap.text.embed([long]), clap.text.embed([long * 2]), atol=1e-6)


def test_without_a_tokenizer_or_a_text_tower_one_sentence_says_so(clap_folder, tmp_path):
    from tests.tiny_clap import write_clap

    bare = load_music_encoder(f"clap:{write_clap(tmp_path / 'bare', tokenizer=False)}")
    with pytest.raises(EncoderError, match=r"bare has no tokenizer.*tokenizer\.json"):
        text_side(bare).embed(["piano"])
    sound_only = tmp_path / "sound-only"
    shutil.copytree(clap_folder, sound_only)
    whole = transformers.ClapModel.from_pretrained(clap_folder)
    kept = {k: v for k, v in whole.state_dict().items() if not k.startswith("text_")}
    whole.save_pretrained(sound_only, state_dict=kept)
    encoder = load_music_encoder(f"clap:{sound_only}")
    with pytest.raises(EncoderError, match="sound-only has no text side"):
        text_side(encoder).embed(["piano"])
    (sound_only / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match="no tokenizer that can be read"):
        text_side(encoder).embed(["piano"])


@pytest.fixture(scope="module")
def heard(clap_folder, tmp_path_factory) -> Retriever:
    """Six sounds, indexed by CLAP, and a checkpoint that names it."""
    from tests.tiny_clap import write_heard

    checkpoint, catalog = write_heard(tmp_path_factory.mktemp("heard"), clap_folder, TRACKS)
    return Retriever.open(Settings(checkpoint, (catalog,), device="cpu"))


def cosines(heard: Retriever, clap_folder: Path, text: str) -> np.ndarray:
    """Of a text with the mean of each track's windows, by hand."""
    columns = in_group(heard.music_encoder.columns, "clap")
    means = np.stack([place.features[:, columns].mean(axis=0) for place in heard.music.places])
    means = means / np.linalg.norm(means, axis=1, keepdims=True)
    return means @ expected(clap_folder, [text])[0]


def test_a_text_ranks_by_its_cosine_with_each_tracks_sound(heard, clap_folder):
    text = "zzyzx qwfp"  # no word of the table: only the sound can answer
    hits = heard.search(None, words=text, k=TRACKS)
    by_hand = np.argsort(-cosines(heard, clap_folder, text))
    assert [hit["title"] for hit in hits] == [heard.tracks[i].title for i in by_hand]
    scores = np.array([hit["score"] for hit in hits])
    values = np.sort(cosines(heard, clap_folder, text))[::-1]
    np.testing.assert_allclose(scores, (values - values.mean()) / values.std(), atol=0.02)


def test_the_line_and_the_table_count_with_stated_shares(heard, clap_folder):
    ranking = heard.ranking
    text = "calm tracks, slow"
    line = cosines(heard, clap_folder, text)
    table = word_term(text, ranking.facts).term
    both = (1 - HEARD_SHARE) * table + HEARD_SHARE * (line - line.mean()) / line.std()
    both = (both - both.mean()) / both.std()
    found = ranking.term_of(text)
    np.testing.assert_allclose(found.term, both, atol=0.02)
    assert found.heard == whole_line(text) and found.heard.text == text


def test_what_is_to_be_avoided_is_taken_off_and_not_asked_for(heard, clap_folder):
    facts, side = heard.ranking.facts, heard.ranking.side
    found = line_values(whole_line("warm piano, no drums"), facts, side)
    wanted = 2 * cosines(heard, clap_folder, "warm piano") - cosines(heard, clap_folder, "drums")
    np.testing.assert_allclose(found, wanted, atol=5e-3)
    only = line_values(whole_line("no drums"), facts, side)
    np.testing.assert_allclose(only, -cosines(heard, clap_folder, "drums"), atol=5e-3)


def test_the_payload_ranks_as_the_search_and_says_what_was_heard(heard):
    text = "静かなピアノ、ドラムなし"
    payload = json.loads(json.dumps(heard.payload(None, str, words=text)))
    assert payload["heard"] == {"text": "calm, piano", "avoided": ["drums"]}
    order = np.argsort([-track["term"] for track in payload["tracks"]], kind="stable")
    hits = heard.search(None, words=text, k=TRACKS)
    assert [hit["id"] for hit in hits] == [payload["tracks"][i]["id"] for i in order]
    assert heard.payload(None, str, words="東京タワー")["heard"] is None  # nothing of it in English


def test_where_the_text_side_lacks_words_are_refused_in_one_sentence(heard, clap_folder, capsys):
    asked = ["search", "--catalog", str(heard.catalogs[0].folder), "--words", "zzyzx", "--json"]
    asked += ["--checkpoint", str(heard.checkpoint), "--device", "cpu"]
    assert main(asked) == 0
    hits = json.loads(capsys.readouterr().out)
    assert [hit["id"] for hit in hits] == [hit["id"] for hit in heard.search(None, words="zzyzx")]
    aside = clap_folder / "tokenizer.json"
    content = aside.read_bytes()
    aside.unlink()
    try:
        assert main(asked) == 1
    finally:
        aside.write_bytes(content)
    said = capsys.readouterr()
    assert said.out == "" and "has no tokenizer that can be read" in said.err


def test_another_encoder_is_not_touched(retriever):
    assert text_side(retriever.music_encoder) is None and retriever.ranking.side is None
    assert retriever.ranking.facts.sound is None
    found = retriever.ranking.term_of("warm piano, no drums", with_silent=True)
    assert found.heard is None
    np.testing.assert_array_equal(
        found.term, word_term("warm piano, no drums", retriever.ranking.facts).term
    )
    assert retriever.payload(None, str, words="piano")["heard"] is None
