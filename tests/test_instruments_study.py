"""What sounds in a MIDI file, and how an instrument that is said is counted against it."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import struct
from dataclasses import replace

import mido
import numpy as np
import pytest

from vmr.__main__ import main
from vmr.catalogs.tracks_table import Track
from vmr.commands.instruments import cell, markdown
from vmr.errors import VmrError
from vmr.evaluation.studies import general_midi, instrument_pieces
from vmr.evaluation.studies.general_midi import (
    audible,
    covered,
    excerpt,
    midi_bytes,
    midi_files,
    notes,
    read_events,
    revoiced,
)
from vmr.evaluation.studies.instruments import (
    Count,
    Heard,
    choose,
    count,
    measure,
    recordings,
    standing,
)
from vmr.knowledge.instruments import Instrument

FLUTE, HARP, SITAR, STRINGS = 73, 46, 104, 48
ONE = Instrument("flute", ("mtt:flute",), 0.08, 0.28, None)


def piece(*voices, seconds=40, every=1.0):
    """(channel, program, velocity, share of the time) each: a note a second, as a MIDI file."""
    found = []
    for channel, program, velocity, share in voices:
        found.append((0.0, mido.Message("program_change", channel=channel, program=program)))
        for k in range(round(seconds / every)):
            start, key = k * every, 60 + k % 5
            note = {"channel": channel, "note": key}
            found.append((start, mido.Message("note_on", velocity=velocity, **note)))
            found.append((start + every * share, mido.Message("note_off", **note)))
    found.sort(key=lambda event: event[0])
    return midi_bytes(found)


def test_what_one_hears_follows_from_time_and_loudness():
    events = read_events(piece((0, FLUTE, 100, 0.9), (1, HARP, 100, 0.05), (2, SITAR, 4, 0.9)))
    assert audible(events) == {"flute"}  # the harp is too seldom, the sitar too soft
    louder = read_events(piece((0, FLUTE, 100, 0.9), (1, HARP, 100, 0.2), (2, SITAR, 30, 0.9)))
    assert audible(louder) == {"flute", "harp", "sitar"}
    assert audible([]) == frozenset()


def test_the_volume_of_a_channel_counts_as_velocity_does():
    soft = mido.Message("control_change", channel=1, control=7, value=2)
    events = read_events(piece((0, FLUTE, 100, 0.9), (1, HARP, 100, 0.9)))
    assert audible(events) == {"flute", "harp"}
    assert audible([(0.0, soft), *events]) == {"flute"}
    (first, *_) = notes(read_events(piece((0, FLUTE, 127, 0.5))))
    assert first.loudness == pytest.approx(100 / 127)  # the volume that a channel begins with
    assert first.weight == pytest.approx(0.5 * 100 / 127, abs=1e-3)


def test_the_tenth_channel_is_drums_whatever_its_program():
    events = read_events(piece((9, HARP, 100, 0.01)))
    assert audible(events) == {"drums"}  # though the file says that a stroke is over in no time
    assert notes(events)[0].end_s == pytest.approx(general_midi.STRIKE_S)


def test_times_follow_the_tempo():
    track = mido.MidiTrack([
        mido.MetaMessage("set_tempo", tempo=1_000_000),
        mido.Message("note_on", note=60, velocity=90),
        mido.Message("note_off", note=60, time=480),
        mido.MetaMessage("set_tempo", tempo=250_000),
        mido.Message("note_on", note=62, velocity=90, time=480),
        mido.Message("note_on", note=62, velocity=0, time=480),
    ])  # fmt: skip
    written = io.BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(file=written)
    found = notes(read_events(written.getvalue()))
    assert [(n.start_s, n.end_s) for n in found] == [(0.0, 1.0), (1.25, 1.5)]
    assert covered([(0, 2), (1, 3), (5, 6)]) == 4


def test_an_excerpt_begins_a_quarter_in_with_the_programs_set_before():
    whole = read_events(piece((0, FLUTE, 100, 0.9), seconds=100))
    found = excerpt(whole)
    assert audible(found) == {"flute"} and notes(found)[0].start_s < 1
    assert max(note.end_s for note in notes(found)) <= general_midi.EXCERPT_S
    assert read_events(midi_bytes(found))[0][1].program == FLUTE
    assert excerpt(read_events(piece((0, FLUTE, 100, 0.9), seconds=10))) == []
    assert excerpt([]) == [] and read_events(b"MThd damaged") == []


def test_the_loudest_voice_is_given_to_another_instrument():
    bank = mido.Message("control_change", channel=0, control=0, value=8)
    plain = read_events(piece((0, FLUTE, 100, 0.9), (1, STRINGS, 60, 0.9), (9, 0, 127, 0.9)))
    given = revoiced([(0.0, bank), *plain], HARP)
    assert audible(plain) == {"flute", "strings", "drums"}
    assert audible(given) == {"harp", "strings"}  # the drums are taken out
    assert not any(one.type == "control_change" and one.control == 0 for _, one in given)
    assert revoiced(read_events(piece((9, 0, 127, 0.9))), HARP) == []


def test_pieces_are_found_in_folders_archives_and_games(tmp_path):
    data = piece((0, FLUTE, 100, 0.9))
    (tmp_path / "one.MID").write_bytes(data)
    (tmp_path / "two.mid.gz").write_bytes(gzip.compress(data))
    (tmp_path / "torn.mid.gz").write_bytes(gzip.compress(data)[:40])
    lumps, place = b"NOTE" + data, 12 + 4 + len(data)
    entries = struct.pack("<II8s", 12, 4, b"TEXT") + struct.pack("<II8s", 16, len(data), b"D_E1M1")
    game = tmp_path / "game.wad"
    game.write_bytes(b"IWAD" + struct.pack("<II", 2, place) + lumps + entries)
    (tmp_path / "no.wad").write_bytes(b"IWAD")
    found = dict(midi_files(tmp_path))
    assert found == {
        "one.MID": data,
        "two.mid.gz": data,
        "torn.mid.gz": b"",
        "game.wad/D_E1M1": data,
    }


def test_a_piece_stands_once_and_a_package_in_one_half(tmp_path, monkeypatch):
    fonts = [tmp_path / "a.sf2", tmp_path / "b.sf2"]
    monkeypatch.setattr(instrument_pieces, "soundfonts", lambda folder: fonts)
    for name, program in (("mma", FLUTE), ("freedm", SITAR), ("freedoom", SITAR)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.mid").write_bytes(piece((0, program, 100, 0.9)))
    found = instrument_pieces.plan(tmp_path)
    assert [one.half for one in found] == [0] * 4 + [1] * 4
    assert [one.written for one in found] == [True, True, False, False] * 2
    heard = [("sitar", "sitar", "piano", "flute"), ("flute", "flute", "guitar", "harp")]
    assert [one.audible for one in found] == [{name} for row in heard for name in row]
    assert [one.soundfont.name for one in found] == ["a.sf2", "b.sf2"] * 4
    assert len(instrument_pieces.plan(tmp_path, most=1)) == 4
    with pytest.raises(VmrError, match="no MIDI file"):
        instrument_pieces.plan(tmp_path / "nowhere")


def test_a_count_says_precision_recall_chance_and_an_interval_by_pieces():
    said, true = np.array([1, 1, 1, 1, 0, 0], bool), np.array([1, 1, 1, 0, 1, 0], bool)
    found = count(said, true, np.array([0, 0, 1, 2, 3, 4]))
    assert found == Count(of=6, said=4, right=3, true=4, pieces=3)
    assert (found.precision, found.recall, found.chance) == (0.75, 0.75, pytest.approx(4 / 6))
    low, high = replace(found, right=3, said=4, pieces=20).interval
    assert (low, high) == (pytest.approx(0.531, abs=1e-3), pytest.approx(0.888, abs=1e-3))
    assert cell(found).startswith("3 of 4 of 3 pieces = .75 (")
    none = count(said & False, true, np.arange(6))
    assert np.isnan(none.precision) and none.interval == (0, 1) and "0 of 0, chance" in cell(none)


def test_an_instrument_in_nearly_all_pieces_earns_no_precision_by_being_common():
    """8 of 10 sounds have it; all is said of half of either: the precision is .8 as the chance."""
    usual = Count(of=100, said=50, right=40, true=80, pieces=50)
    assert usual.precision == pytest.approx(0.8) and usual.careful == pytest.approx(0.5)
    well = Count(of=100, said=41, right=40, true=80, pieces=41)
    assert well.careful == pytest.approx(0.5 * 0.5 / (0.5 * 0.5 + 0.05 * 0.5))
    assert "were half of all to have it" in cell(well)
    rare = Count(of=100, said=10, right=8, true=20, pieces=10)
    assert rare.careful == rare.precision == 0.8
    everywhere = Count(of=100, said=10, right=10, true=100, pieces=10)
    assert np.isnan(everywhere.careful)  # where all have it nothing can be said wrongly


def heard(values, true, half):
    count = len(values)
    audible = [frozenset({"flute"} if one else ()) for one in true]
    rows = np.array(values, dtype=np.float32)[:, None]
    return Heard(rows, np.arange(count), half, np.ones(count, bool), audible)


def test_thresholds_are_chosen_on_one_half_and_counted_on_the_other():
    """Flutes from .5 on in the half to choose on, of which the table's row says too many."""
    values = [0.2] * 30 + [0.5] * 20 + [0.5] * 10 + [0.0] * 10
    true = [False] * 30 + [True] * 20 + [True] * 8 + [False] * 12
    half = np.repeat([0, 1], [50, 20])
    sounds, columns = heard(values, true, half), ("mtt:flute",)
    first = heard(values[:50], true[:50], half[:50])
    found = choose(ONE, first, columns)
    assert found is not None and 0.2 < (found.start + found.full) / 2 <= 0.5
    assert choose(found, first, columns) == found
    (row,) = measure([ONE], sounds, sounds, columns)
    assert (row.was, row.row, row.recorded) == (ONE, found, None)
    assert (row.chosen.right, row.chosen.said, row.stands.right, row.stands.said) == (20, 20, 8, 10)
    assert "| flute | mtt:flute |" in markdown([row])
    (kept,) = measure([ONE], *[heard(values, [*true[:50], *[False] * 20], half)] * 2, columns)
    assert kept.row == ONE and kept.chosen.said == 50  # what was chosen holds on one half only


def test_where_nothing_helps_the_row_stays_and_the_worse_half_stands():
    values, half = [0.5] * 40, np.repeat([0, 1], 20)
    true = [True] * 4 + [False] * 16 + [True] * 8 + [False] * 12
    sounds, columns = heard(values, true, half), ("mtt:flute",)
    (row,) = measure([ONE], sounds, sounds, columns)
    assert row.row == ONE and row.stands == row.chosen and row.stands.precision == 0.2
    few, more = Count(40, 5, 1, 10, 5), Count(40, 20, 15, 20, 20)
    whole = Count(80, 25, 16, 30, 25)
    assert standing(whole, few, more, chosen=False) == whole  # too few of the first half
    assert standing(whole, more, few, chosen=True) == whole
    assert standing(whole, few, more, chosen=True) == more


def test_recordings_have_what_their_genre_has_and_a_source_is_in_one_half():
    tracks = [
        Track("a", "A", genre=("chiptune",), source="one"),
        Track("b", "B", genre=("rock", "folk"), source="two"),
        Track("c", "C", source="two"),
        Track("d", "D", genre=("jazz",), source="two"),
    ]
    found = recordings(tracks, np.arange(8, dtype=np.float32).reshape(4, 2))
    assert list(found.audible) == [{"synth"}, {"guitar", "drums"}, set()]
    assert found.piece.tolist() == [0, 1, 3] and found.means[:, 0].tolist() == [0, 2, 6]
    assert found.half[1] == found.half[2]


def test_the_command_says_what_is_missing(capsys, tmp_path, monkeypatch):
    assert main(["reproduce", "instruments"]) == 1
    assert "--fetch" in capsys.readouterr().err
    monkeypatch.setattr(instrument_pieces.shutil, "which", lambda name: None)
    with pytest.raises(VmrError, match="fluidsynth"):
        instrument_pieces.render_all([], 1, lambda: None)
    with pytest.raises(VmrError, match="apt-get"):
        instrument_pieces.fetch(print)
    monkeypatch.setattr(instrument_pieces, "INSTALLED", tmp_path)
    with pytest.raises(VmrError, match="soundfont"):
        instrument_pieces.soundfonts(tmp_path)


def small_soundfont():
    """A soundfont that is installed, the smaller first."""
    found = [instrument_pieces.INSTALLED / name for name in instrument_pieces.SOUNDFONTS]
    return min((p for p in found if p.is_file()), key=lambda p: p.stat().st_size, default=None)


@pytest.mark.thorough
@pytest.mark.skipif(
    not shutil.which("fluidsynth") or small_soundfont() is None,
    reason="needs fluidsynth and a General MIDI soundfont",
)
def test_the_command_renders_hears_and_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VMR_CACHE", str(tmp_path / "cache"))
    data, out = tmp_path / "pieces", tmp_path / "out"
    data.mkdir()
    (data / "one.mid").write_bytes(piece((0, FLUTE, 100, 0.9), seconds=20))
    (data / "two.mid").write_bytes(piece((0, HARP, 100, 0.9), (9, 0, 120, 0.5), seconds=20))
    flags = ["reproduce", "instruments", "--data", str(data), "--out", str(out)]
    assert main(flags) == 0
    found = json.loads((out / "instruments.json").read_text())
    rows = {row["was"]["name"]: row for row in found}
    assert sum(rows["flute"][half]["true"] for half in ("chosen", "kept")) >= 1
    assert rows["synth"]["recorded"][0]["said"] > 0 and rows["piano"]["recorded"] is None
    assert (out / "instruments.md").read_text().strip() in capsys.readouterr().out
