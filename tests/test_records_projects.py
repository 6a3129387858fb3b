"""Projects: changes of two people meet field by field, nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from vmr.errors import VmrError
from vmr.records.database import connect
from vmr.records.projects import MOST_CHANGES, Change, Projects

VIDEO = "a" * 64


@pytest.fixture
def projects(tmp_path) -> Projects:
    return Projects(tmp_path)


@pytest.fixture
def key(projects) -> str:
    return projects.make()


def put(projects, key, path, value, step, who="ann", since=0):
    return projects.apply(key, [Change(path, value)], who, step, since)


def test_what_was_changed_is_there(projects, key):
    put(projects, key, "name", "Spring film", "step-0001")
    put(projects, key, f"videos/{VIDEO}/alpha", 0.25, "step-0002")
    assert projects.news(key).fields == {"name": "Spring film", f"videos/{VIDEO}/alpha": 0.25}
    assert Projects(projects.path.parent).news(key) == projects.news(key)  # another process's view


def test_two_people_change_different_fields_and_both_hold(projects, key):
    begun = put(projects, key, "name", "Film", "step-0001").number
    put(projects, key, f"videos/{VIDEO}/notes", "slow", "step-0002", "ann", begun)
    news = put(projects, key, f"videos/{VIDEO}/alpha", 0.9, "step-0003", "bob", begun)
    assert news.fields == {f"videos/{VIDEO}/notes": "slow", f"videos/{VIDEO}/alpha": 0.9}


def test_news_since_a_number_are_only_what_changed_and_say_what_is_gone(projects, key):
    put(projects, key, "name", "Film", "step-0001")
    number = put(projects, key, f"videos/{VIDEO}/alpha", 0.1, "step-0002").number
    put(projects, key, f"videos/{VIDEO}", None, "step-0003")
    assert projects.news(key, number).fields == {f"videos/{VIDEO}/alpha": None}
    assert projects.news(key, projects.news(key).number).fields == {}


def test_removing_a_video_takes_what_is_under_it_and_undo_brings_all_back(projects, key):
    fields = {f"videos/{VIDEO}/alpha": 0.1, f"videos/{VIDEO}/picks/x/state": "approved"}
    fields |= {f"videos/{VIDEO}0/alpha": 0.7, "name": "Film"}
    projects.apply(key, [Change(*item) for item in fields.items()], "ann", "step-0001")
    put(projects, key, f"videos/{VIDEO}", None, "step-0002")
    assert projects.news(key).fields == {"name": "Film", f"videos/{VIDEO}0/alpha": 0.7}
    projects.undo(key, "step-0002", "ann")
    assert projects.news(key).fields == fields


def test_undo_leaves_what_somebody_else_changed_since(projects, key):
    put(projects, key, "name", "Film", "step-0001")
    changes = [Change("name", "Movie"), Change("notes", "short")]
    projects.apply(key, changes, "ann", "step-0002")
    put(projects, key, "name", "Picture", "step-0003", "bob")
    projects.undo(key, "step-0002", "ann")
    assert projects.news(key).fields == {"name": "Picture"}


def test_a_step_that_is_sent_twice_counts_once(projects, key):
    put(projects, key, "name", "Film", "step-0001")
    put(projects, key, "name", "Movie", "step-0002", "bob")
    put(projects, key, "name", "Film", "step-0001")  # the answer to the first was not heard
    assert projects.news(key).fields == {"name": "Movie"}


def test_a_call_with_one_wrong_change_changes_nothing(projects, key):
    with pytest.raises(VmrError):
        projects.apply(key, [Change("name", "Film"), Change("a//b", 1)], "ann", "step-0001")
    assert projects.news(key).fields == {}


@pytest.mark.parametrize(
    "path", ["", "/", "a//b", "a/", "x" * 601, "a\nb", "a/\x00", "a/" * 9 + "b"]
)
def test_paths_that_are_none_are_refused(projects, key, path):
    with pytest.raises(VmrError):
        put(projects, key, path, 1, "step-0001")


@pytest.mark.parametrize("value", ["x" * 20_000, float("nan"), object()], ids=["long", "nan", "no"])
def test_values_that_cannot_be_kept_are_refused(projects, key, value):
    with pytest.raises(VmrError):
        put(projects, key, "name", value, "step-0001")


def test_too_many_changes_at_once_are_refused(projects, key):
    changes = [Change(f"f{i}", i) for i in range(MOST_CHANGES + 1)]
    with pytest.raises(VmrError):
        projects.apply(key, changes, "ann", "step-0001")


@pytest.mark.parametrize("step", ["", "short", "x" * 41, "no spaces here"])
def test_steps_have_names_of_a_bounded_kind(projects, key, step):
    with pytest.raises(VmrError):
        put(projects, key, "name", "Film", step)


def test_a_project_that_there_is_not_is_said_to_be_none(projects, key):
    for call in (projects.news, projects.remove, projects.used, projects.export):
        with pytest.raises(VmrError, match="not on the server"):
            call("A" * 22)
    with pytest.raises(VmrError):
        put(projects, "A" * 22, "name", "Film", "step-0001")
    with pytest.raises(VmrError):
        projects.undo(key, "step-none", "ann")


def test_a_removed_project_leaves_nothing_and_the_others_stay(projects, key):
    other = projects.make()
    put(projects, key, "name", "A film about nothing", "step-0001")
    put(projects, other, "name", "Other", "step-0001")
    with closing(connect(projects.path)) as reader:  # so that the log beside the file stays
        reader.execute("SELECT * FROM project").fetchall()
        projects.remove(key)
        written = b"".join(file.read_bytes() for file in projects.path.parent.iterdir())
    assert projects.keys() == [other]
    assert projects.news(other).fields == {"name": "Other"}
    assert b"Other" in written and b"about nothing" not in written


def test_a_project_goes_into_a_file_and_comes_back_with_another_key(projects, key):
    put(projects, key, f"videos/{VIDEO}/picks/starter/夏 1/state", "proposed", "step-0001")
    again = projects.take_in(projects.export(key), "bob")
    assert again != key
    assert projects.news(again).fields == projects.news(key).fields


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "vmr project 1"}',
        '{"format": "vmr project 1", "fields": []}',
        json.dumps({"format": "vmr project 1", "fields": {"a//b": 1}}),
        "[" * 100_000,
    ],
    ids=["empty", "list", "nothing", "no-fields", "fields-list", "path", "deep"],
)
def test_a_file_that_is_no_project_is_refused(projects, text):
    with pytest.raises(VmrError):
        projects.take_in(text, "ann")


def _write_until_killed(folder: Path, key: str, told) -> None:
    projects = Projects(folder)
    for i in range(10_000):
        put(projects, key, f"f{i}", i, f"step-{i:05d}")
        told.send(i)


def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(projects, key, tmp_path):
    for _ in range(3):
        hear, tell = multiprocessing.Pipe(False)
        server = multiprocessing.Process(target=_write_until_killed, args=(tmp_path, key, tell))
        server.start()
        heard = [hear.recv() for _ in range(random.randint(5, 30))]
        os.kill(server.pid, signal.SIGKILL)
        server.join()
        while hear.poll():
            heard.append(hear.recv())
        fields = projects.news(key).fields
        assert {f"f{i}": i for i in heard}.items() <= fields.items()


def test_many_writers_at_once_lose_nothing(projects, key):
    def work(person: int) -> None:
        for i in range(8):
            put(projects, key, f"videos/{person}/f{i}", i, f"step-{person:04d}-{i:04d}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(projects.news(key).fields) == 64
