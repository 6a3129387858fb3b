"""A whole film on the page: read once, ranked cue by cue, taken away as a timeline."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from itertools import pairwise

import numpy as np
import opentimelineio as otio
import pytest

from tests.cue_films import LIVELY_S, QUIET_S, make_halves
from vmr.catalogs.policy import read_policy
from vmr.cues.course import FILM_LIMITS
from vmr.errors import VmrError
from vmr.knowledge.request import Turned
from vmr.knowledge.vocabulary import MOODS
from vmr.page.audit import Audit
from vmr.page.cue_desk import CueDesk, settings_of
from vmr.page.cue_export import CueExport
from vmr.page.files import MediaFiles
from vmr.page.film_courses import FilmCourses
from vmr.page.reading_time import ReadingTime, share_at
from vmr.page.service import Service
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.records.audit_log import AuditLog

WHOLE = settings_of({})


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_halves(tmp_path_factory.mktemp("film") / "halves.mp4")


@pytest.fixture(scope="module")
def media():
    return MediaFiles()


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return AuditLog(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def desk(retriever, media, log):
    service = Service(retriever, media.url, audit=Audit(log))
    return CueDesk(service, FilmCourses(service))


@pytest.fixture(scope="module")
def read(desk, film):
    told = []
    answer = desk.read(film, WHOLE, lambda step, share: told.append((step, share)))
    return answer | {"told": told}


def path_of(media, url):
    return media._found(url.split("/")[1].split(".")[0])


def test_a_film_is_drawn_with_energy_cuts_and_beliefs_to_its_end(read):
    assert len(read["times_s"]) == len(read["energy"]) > 20
    assert min(abs(cut - QUIET_S) for cut in read["cuts_s"]) < 0.2
    moods = read["beliefs"]["mood"]
    assert moods[0][0] == 0 and moods[-1][1] == pytest.approx(QUIET_S + LIVELY_S, abs=0.1)
    assert all(a[1] == b[0] for a, b in pairwise(moods))
    assert {label for _, _, label, _ in moods} <= set(MOODS)


def test_cues_are_proposed_with_tracks_that_can_be_heard(read, media):
    first, second = read["cues"]
    assert (first["start"], first["end"]) == (0, second["start"])
    assert second["start"] == pytest.approx(QUIET_S, abs=0.2)
    assert first["why"]["ja"] == "映像の始まり"
    for cue in (first, second):
        assert path_of(media, cue["track"]["audio"]).is_file()
        assert cue["ending"] in ("fade", "cut", "loop") and len(cue["starts"]) == 3
    assert first["track"]["id"] != second["track"]["id"]


def test_progress_never_falls_and_names_its_steps(read):
    shares = [share for _, share in read["told"]]
    assert shares == sorted(shares) and shares[-1] == 1
    assert read["told"][0][0] == "film"
    assert share_at(0.5) < share_at(1) < share_at(3) < 1


def test_reading_is_expected_to_take_what_it_took_before(film):
    time = ReadingTime()
    first = time.expected_s(film, FILM_LIMITS)
    with time.telling(film, FILM_LIMITS, lambda share: None):
        pass
    assert time.expected_s(film, FILM_LIMITS) < first


def test_a_cue_is_ranked_for_as_a_video_of_its_own(desk, read, retriever):
    sha256 = read["sha256"]
    calm = desk.rank(sha256, 0, QUIET_S, "")
    lively = desk.rank(sha256, QUIET_S, QUIET_S + LIVELY_S, "")
    assert calm["query"]["sha256"] == lively["query"]["sha256"] == sha256
    assert calm["query"]["part"] != lively["query"]["part"] != sha256
    assert lively["query"]["felt"] > calm["query"]["felt"] + 0.5
    course = desk.courses.known(sha256)
    query = course.query(0, QUIET_S, retriever)
    by_python = retriever.search(query, 0.0, "mood", 1, with_silent=True)[0]
    at_zero = max(calm["tracks"], key=lambda track: track["parts"][0])
    assert at_zero["id"] == by_python["id"]
    part = calm["query"]["part"]
    again = desk.service.words(part, "piano", Turned())
    assert again["words"] and again["query"]["part"] == part


def test_what_cannot_be_a_part_is_refused(desk, read):
    for span in ((-1, 5), (10, 5), (0, 1e9), ("x", 5), (float("nan"), 5)):
        with pytest.raises(VmrError):
            desk.rank(read["sha256"], *span, "")
    with pytest.raises(VmrError, match="no longer on the server"):
        desk.rank("0" * 64, 0, 5, "")


def test_the_log_names_the_film_and_the_part_of_it(desk, read, log):
    desk.rank(read["sha256"], 0, 5, "")
    last = list(log.rows())[-1]
    assert last["video"] == read["sha256"]
    assert json.loads(last["detail"])["cue"] == [0.0, 5.0]


def test_tracks_are_found_again_by_their_names(desk, read):
    track = read["cues"][0]["track"]
    found = desk.sounds([[track["catalog"], track["id"]], ["none", "x"], "junk", [1]])
    assert found == {f"{track['catalog']}/{track['id']}": track}


@pytest.fixture
def export(desk, tmp_path):
    folder = TransientFolder(60)
    yield CueExport(desk.service, TakeAway(desk.service, folder))
    folder.close()


def sent(read, **more):
    rows = []
    for cue in read["cues"]:
        track = cue["track"]
        names = {"catalog": track["catalog"], "track_id": track["id"], "title": track["title"]}
        times = {key: cue[key] for key in ("start", "end", "track_start", "ending", "fade_out")}
        rows.append(times | names | {"fade_in": 0.1, "gain_db": -2} | more)
    return rows


def test_cues_come_out_in_every_format_as_they_were_set(export, read, film, media, tmp_path):
    rows = sent(read)
    rows[1]["start"] = rows[0]["end"] = 12.0
    rows[1]["track_start"] = 3.0
    url = export.make(film, rows, {"name": "My film"}, lambda step, share: None)
    with zipfile.ZipFile(path_of(media, url)) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert {name.rpartition(".")[2] for name in names} >= {"otio", "fcpxml", "edl", "mlt", "csv"}
    timeline = otio.adapters.read_from_file(str(tmp_path / "My film.otio"))
    music = [clip for track in timeline.audio_tracks() for clip in track.find_clips()]
    assert len(music) == 2
    begins = music[1].range_in_parent().start_time.to_seconds()
    assert begins == pytest.approx(12.0, abs=0.02)
    assert music[1].source_range.start_time.to_seconds() == pytest.approx(3.0, abs=0.02)
    sheet = (tmp_path / "My film cue sheet.en.csv").read_text("utf-8-sig")
    lines = list(csv.reader(io.StringIO(sheet)))[1:]
    assert [line[1] for line in lines] == [row["title"] for row in rows]
    assert [line[5] for line in lines] == ["00:00:00:00", "00:00:12:00"]
    for row in rows:
        assert any(row["title"] in name for name in names if name.startswith("music/"))


def test_a_track_that_ends_before_its_cue_is_repeated_only_where_that_is_wanted(
    export, read, film, media, tmp_path
):
    lengths = []
    for ending in ("cut", "loop"):
        rows = sent(read, ending=ending)[:1]
        seconds = read["cues"][0]["track"]["seconds"]
        rows[0]["track_start"] = seconds - 5
        url = export.make(film, rows, {}, lambda step, share: None)
        with zipfile.ZipFile(path_of(media, url)) as archive:
            text = archive.read("halves.otio").decode()
        timeline = otio.adapters.read_from_string(text, "otio_json")
        clips = [c for track in timeline.audio_tracks() for c in track.find_clips()]
        lengths.append(sum(clip.duration().to_seconds() for clip in clips))
    assert lengths[0] == pytest.approx(5, abs=0.1) and lengths[1] > 10


def test_nothing_is_made_of_what_a_browser_cannot_have(export, read, film):
    def make(rows):
        return export.make(film, rows, {}, lambda step, share: None)

    for rows in (None, [], "x", [{"title": ""}], [1, 2]):
        with pytest.raises(VmrError, match="No cue has music"):
            make(rows)
    with pytest.raises(VmrError, match="no longer among"):
        make(sent(read, track_id="../../etc/passwd"))
    for wrong in ({"start": -1}, {"gain_db": 99}, {"track_start": "x"}, {"end": None}):
        with pytest.raises(VmrError):
            make(sent(read, **wrong))


def test_what_may_not_be_taken_away_is_refused_and_logged(
    retriever, read, film, media, log, tmp_path
):
    (tmp_path / "policy.toml").write_text('[export]\nonly = ["CC0-1.0"]\n', encoding="utf-8")
    policy = read_policy(tmp_path / "policy.toml")
    music = replace(retriever.music, policy=policy)
    service = Service(replace(retriever, music=music), media.url, audit=Audit(log))
    folder = TransientFolder(60)
    with pytest.raises(VmrError, match="may not be taken"):
        CueExport(service, TakeAway(service, folder)).make(
            film, sent(read), {}, lambda step, share: None
        )
    assert list(log.rows())[-1]["action"] == "refused"
    assert not list(folder.path.iterdir())
    folder.close()


@pytest.mark.thorough
def test_the_whole_film_becomes_an_mp4_that_sounds_in_both_cues(export, read, film, media):
    from vmr.media.read import read_audio

    url = export.make(film, sent(read), {"form": "mp4"}, lambda step, share: None)
    sound = read_audio(path_of(media, url), 16_000).samples
    for start in (2, QUIET_S + 1):
        part = sound[start * 16_000 : (start + 4) * 16_000]
        assert np.sqrt(np.square(part).mean()) > 0.01


@pytest.mark.thorough
def test_the_part_of_one_cue_becomes_an_mp4_of_its_length(export, read, film, media):
    from vmr.media.read import probe, read_audio

    rows = sent(read)[1:2]
    url = export.make(film, rows, {"form": "part"}, lambda step, share: None)
    length = rows[0]["end"] - rows[0]["start"]
    assert probe(path_of(media, url)).duration_s == pytest.approx(length, abs=0.1)
    assert np.abs(read_audio(path_of(media, url), 16_000).samples).max() > 0.05
