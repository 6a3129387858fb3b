"""The report on exposure ranks as the page does, reads logs, and says what it does not measure."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from vmr.__main__ import main
from vmr.catalogs.tracks_table import Track
from vmr.evaluation.exposure_report import (
    NO_HUBS,
    ONE_LEVEL,
    SERVED,
    Asked,
    beliefs_by_kind,
    corrections,
    labels_of,
    logged_report,
    ranked,
    sampled_report,
    third_of,
)
from vmr.evaluation.exposure_text import exposure_markdown, plot_exposure
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import AuditLog


@pytest.fixture(scope="module")
def queries(retriever):
    return retriever.model.video_bank.rows(list(range(0, 640, 16)))


@pytest.fixture(scope="module")
def report(retriever, queries):
    return sampled_report(retriever.ranking, queries, Asked(alphas=(0.0, 1.0), with_silent=True))


def test_the_first_tracks_are_those_of_a_search(retriever, queries, world_query):
    for alpha in (0.0, 0.5, 1.0):
        hits = retriever.search(world_query, alpha=alpha, k=5, with_silent=True)
        asked = Asked(with_silent=True)
        (shown,) = ranked(retriever.ranking, world_query.embedding, asked, alpha)
        assert [retriever.tracks[i].id for i in shown] == [hit["id"] for hit in hits]


def test_shares_and_exposures_are_parts_of_a_whole(retriever, report):
    assert report["tracks"] == len(retriever.tracks)
    for part in report["parts"]:
        assert {"genre", "mood", "catalog", "licence", "artist", "source"} <= set(part["exposure"])
        for rows in part["exposure"].values():
            assert sum(row["share"] for row in rows) == pytest.approx(1)
            assert sum(row["exposure"] for row in rows) == pytest.approx(1)


def test_hubs_stand_with_less_of_a_correction_and_with_chance(retriever, report):
    hubs = {(row["correction"], row["alpha"]): row for row in report["hubs"]}
    assert set(hubs) == {
        *((name, alpha) for name in (SERVED, NO_HUBS, ONE_LEVEL) for alpha in (0.0, 1.0)),
        ("chance", None),
    }
    served = retriever.ranking.music.for_video
    found = corrections(retriever.ranking)
    assert found[SERVED] is served
    assert not np.allclose(found[NO_HUBS].offset, served.offset)
    assert found[ONE_LEVEL].offset.shape[0] == 1
    assert retriever.model.config.hub_share > 0  # the model that is in use is as it was
    assert hubs[SERVED, 0.0]["never"] < hubs[NO_HUBS, 0.0]["never"]


def test_a_track_is_grouped_by_all_that_is_known_of_it():
    track = Track("a", "A", artist="X", source="https://example.org/a", facets={"region": ("jp",)})
    found = labels_of(replace(track, catalog="mine", licence="CC0-1.0"))
    assert found["region"] == ("jp",) and found["source"] == ("example.org",)
    assert found["artist"] == ("X",) and found["genre"] == ()


def test_a_log_is_measured_by_video_without_what_was_filtered(retriever, tmp_path):
    log = AuditLog(tmp_path)
    keys = [(track.catalog, track.id) for track in retriever.tracks if track.catalog == "starter"]
    for i in range(12):
        shown = [keys[(i + n) % len(keys)] for n in range(5)]
        log.write(Entry(Action.SHOWN, video=f"{i % 4:064x}", alpha=i / 11, tracks=shown))
    log.write(Entry(Action.SHOWN, alpha=0.5, filters={"mood": ["calm"]}, tracks=keys[:5]))
    log.write(Entry(Action.MATCHED, alpha=0.5, tracks=[*keys[:2], ("gone", "x")]))
    log.write(Entry(Action.PLAYED, alpha=0.5, tracks=keys[:1]))
    found = logged_report(retriever.music, log.rows())
    assert [part["name"] for part in found["parts"]] == [
        "alpha 0 to 1/3",
        "alpha 1/3 to 2/3",
        "alpha 2/3 to 1",
    ]
    assert found["queries"] == 13
    assert found["left_out"] == {
        "rows with filters": 1,
        "tracks that the catalogs have no more": 1,
    }
    with pytest.raises(ValueError, match="no tracks"):
        logged_report(retriever.music, [])


def test_positions_of_the_slider_are_three():
    assert [third_of(a) for a in (0, 0.33, 0.5, 0.67, 1)] == [
        "alpha 0 to 1/3",
        "alpha 0 to 1/3",
        "alpha 1/3 to 2/3",
        "alpha 2/3 to 1",
        "alpha 2/3 to 1",
    ]


def test_beliefs_stand_by_thirds_of_what_was_measured(retriever, queries):
    rows = beliefs_by_kind(retriever.ranking, queries, {"motion": np.arange(len(queries))})
    assert [row["kind"] for row in rows] == ["least motion", "middle motion", "most motion"]
    assert sum(row["pictures"] for row in rows) == len(queries)
    likeliest = retriever.ranking.controls.beliefs(queries.rows([0]))["mood"][0].label
    assert likeliest in dict(rows[0]["mood"]) or len(rows[0]["mood"]) == 3


def test_the_text_says_what_was_not_measured_and_the_picture_is_drawn(report, tmp_path):
    hostile = json.loads(json.dumps(report))
    for part in hostile["parts"]:
        for row in part["exposure"]["mood"]:
            row["group"] += "|$\\frac <b>"
    text = exposure_markdown(hostile, "some queries")
    assert "Not measured: whether people of different looks" in text
    assert "<b>" not in text and "calm&#124;" in text
    plot_exposure(hostile, tmp_path / "bias.png")
    assert (tmp_path / "bias.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_measures_videos_and_logs(film_library, tmp_path, capsys):
    plot, data = tmp_path / "bias.png", str(tmp_path)
    command = ["audit", "bias", "--data", data, "--videos", str(film_library)]
    assert main([*command, "--plot", str(plot), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["queries"] == 4 and len(found["parts"]) == 3
    assert found["beliefs"][0]["kind"] == "least motion"
    assert plot.exists()
    assert main(["audit", "bias", "--data", data, "--logged"]) == 1
    assert "no audit log" in capsys.readouterr().err
    AuditLog(tmp_path).write(Entry(Action.PLAYED))
    assert main(["audit", "bias", "--data", data, "--logged"]) == 1
    assert "position of the slider" in capsys.readouterr().err
