"""A running server with --commercial: a track that may not be used appears at no address of it."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import running_app
from vmr.catalogs.audio_address import locate_audio
from vmr.catalogs.tracks_table import read_tracks
from vmr.config import CATALOGS

pytestmark = pytest.mark.thorough  # a server of its own

MARK = "mustnotbeseen"
ASKED = {"choices": {"mood": {"calm": 1, "sad": -1}}, "energy": 2}
PICKS = [{"number": p, "value": 1, "source": "picked"} for p in (-1, 0, 99)]
FITS = [{"facet": "place", "label": "bar", "value": 1, "source": "labelled", "shown": None}]
LETTER = {"statements": FITS, "reason": ""}
CUE = {"start": 0, "end": 4, "title": "any", "catalog": "mixed"}
LICENCES = ("CC BY-NC 4.0", "", "Creative Commons Attribution-NoDerivatives 4.0", "ask me")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Path:
    """The bundled catalog in which every other track may not be used, and says so by its words."""
    folder = tmp_path_factory.mktemp("mixed") / "mixed"
    shutil.copytree(CATALOGS / "starter", folder)
    with (folder / "tracks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows[::2]):
        row |= {"licence": LICENCES[i % len(LICENCES)], "title": f"{MARK} {i}", "artist": MARK}
    with (folder / "tracks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def address(mixed, film_library) -> Iterator[str]:
    options = ("--catalog", str(mixed), "--videos", str(film_library), "--commercial", "--audit")
    with running_app(*options) as (address, _):
        yield address


def get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def post(url: str, body: bytes, kind: str = "application/json") -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def upload(address: str, path: Path) -> dict:
    line = uuid.uuid4().hex
    head = (
        f'--{line}\r\nContent-Disposition: form-data; name="files"; filename="{path.name}"\r\n\r\n'
    )
    body = head.encode() + path.read_bytes() + f"\r\n--{line}--\r\n".encode()
    kind = f"multipart/form-data; boundary={line}"
    (stored,) = json.loads(post(f"{address}gradio_api/upload", body, kind))
    return {"path": stored, "meta": {"_type": "gradio.FileData"}}


def ask(address: str, event: int, data: list) -> str:
    """Everything that the server sends for one event, the way the page asks."""
    session = uuid.uuid4().hex
    body = json.dumps({"fn_index": event, "data": data, "session_hash": session}).encode()
    post(f"{address}gradio_api/queue/join", body)
    return get(f"{address}gradio_api/queue/data?session_hash={session}").decode()


S = ("step-0001", 0)  # of a change of a project: its step, and the number of the last change seen


def test_no_route_and_no_event_gives_a_forbidden_track_away(address, mixed, world_video):
    tracks = read_tracks(mixed / "tracks.csv")
    forbidden = {i for i, track in enumerate(tracks) if track.artist == MARK}
    files = {track.id: locate_audio(track.audio, mixed) for track in tracks}
    hashes = {track.id: hashlib.sha256(files[track.id].read_bytes()).digest() for track in tracks}
    secret = {hashes[tracks[i].id] for i in forbidden}
    assert len(forbidden) == 14 and len(secret) == 14
    page = get(address).decode()
    config = json.loads(get(f"{address}config"))
    events = json.loads(re.search(r'id="vmr-boot">(.*?)</script>', config["head"])[1])["events"]
    video, music = upload(address, world_video), upload(address, files[tracks[0].id])
    matched = ask(address, events["match"], [video, "", ""])
    sha256 = hashlib.sha256(world_video.read_bytes()).hexdigest()
    assert '"playable"' in matched  # permitted tracks are ranked
    project = re.search(r'"key":\s*"([\w-]{22})"', ask(address, events["project_open"], [""]))[1]
    positions = (-1, 0, 13, 14, 15, 27, 28)  # 14 tracks of 28 are there
    arguments = {
        "restore": [[sha256], [sha256, ASKED]],
        "reference": [[sha256, music, ""]],
        "like": [[sha256, p, "calm"] for p in positions],
        "render": [
            [video, "", p, {"form": form}]
            for form in ("mp4", "timeline")
            for p in positions
            if p not in (0, 13)
        ],
        "best_start": [[video, "", p, span] for p in positions for span in (None, [0, 3])],
        "render_stop": [["any"]],
        "fetch_sound": [["mixed", 5], ["starter", 5]],
        "playable": [[video, ""]],
        "search": [[video, a, "mood", 99, "", None, ""] for a in (0, 1)]
        + [[None, 1, "mood", 99, "calm", 3, "piano"]],
        "words": [[sha256, "calm"], ["", "calm piano"], ["", "calm", ASKED]],
        "cue_read": [[video, "", {}]],
        "cue_rank": [[sha256, 0, 5, ""], [sha256, 5, 9, "calm", ASKED]],
        "cue_sounds": [[[["mixed", track.id] for track in tracks]]],
        "cue_export": [
            [video, "", [CUE | {"track_id": tracks[i].id}], {"form": form}]
            for form in ("mp4", "part", "zip")
            for i in sorted(forbidden)[:3]
        ],
        "search_music": [[music, 0.5, "mood", 99]],
        "index_status": [[]],
        "reverse_rank": [[music, -1], *([None, p] for p in positions)],
        "reverse_samples": [],  # draws films for minutes; it says nothing of music
        "reverse_film": [[p] for p in (-1, 0, 99)],
        "label_open": [["visit", "Ann"]],
        "label_next": [["visit", "Ann", facet, 4, []] for facet in ("mood", "place") * 4],
        "label_card": [[p] for p in positions],
        "label_save": [["visit", "Ann", [LETTER | {"number": p}]] for p in positions],
        "label_undo": [["visit", "Ann"]],
        "label_doubtful": [["mood"], ["genre"]],
        "learn": [["", "Ann", sha256, PICKS], ["", "Ann", "0" * 64, PICKS]],
        "teach_run": [[]],
        "teach_use": [[0], [1]],
        "teach_state": [[]],
        "evidence_report": [[]],
        "evidence_map": [[""], [sha256]],
        "evidence_neighbours": [["track", p, b] for p in positions for b in ("ssl", "mood")],
        "evidence_rivals": [[sha256]],
        "audit_note": [["shown", {"tracks": [["mixed", tracks[0].id]]}, ""], ["played", {}, ""]],
        "project_open": [[project], ["none"]],
        "project_keep": [[project, sha256, video]],
        "project_show": [[project, sha256], [project, "0" * 64]],
        "project_change": [
            [project, [["picks/mixed/t14", {"audio": str(files[tracks[14].id])}]], *S]
        ],
        "project_news": [[project, 0]],
        "project_undo": [[project, *S]],
        "project_fits": [[project, a, "mood", s] for a in (0, 1) for s in (False, True)],
        "project_export": [[project]],
        "project_import": [[upload(address, files[tracks[14].id])], [video]],
        "project_remove": [[project]],
    }
    assert set(arguments) | {"match"} == set(events), "a new event is to be tried here too"
    watched = [get(f"{address}{name}").decode() for name in ("healthz", "metrics")]
    answers = [page, matched, *watched, json.dumps(config)]
    answers += [
        ask(address, events[name], data) for name, rows in arguments.items() for data in rows
    ]
    answers.append(get(f"{address}gradio_api/info").decode())
    for name in ("tracks.csv", "features.safetensors", "embeddings.safetensors"):
        answers.append(get(f"{address}gradio_api/file={mixed / name}").decode("latin-1"))
    said = "\n".join(answers)
    assert MARK not in said
    given = sorted(set(re.findall(r"vmr-media/[0-9a-f]+\.\w+", said)))
    served = {hashlib.sha256(get(address + url)).digest() for url in given}
    assert len(served & set(hashes.values())) == 14  # those that may be played
    assert not served & secret
    for i in forbidden:
        path = files[tracks[i].id]
        assert hashlib.sha256(get(f"{address}gradio_api/file={path}")).digest() not in secret
