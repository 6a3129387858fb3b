"""What stands in deploy/ goes with the program; what a machine without Docker can try is tried."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from tests.attack.visitor import Visitor
from tests.browser.conftest import free_port
from vmr.config import PROJECT
from vmr.page.flags import page_settings, parser
from vmr.page.settings import PageSettings

DEPLOY = PROJECT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
UNIT = (DEPLOY / "vmr.service").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    """The arguments of each instruction of that name in the Dockerfile."""
    whole = re.sub(r"\\\n", " ", DOCKERFILE)
    return re.findall(rf"^{name} (.*)$", whole, re.M)


def copied() -> list[str]:
    return [source.rstrip("/") for line in instructions("COPY") for source in line.split()[:-1]]


def test_the_image_holds_what_the_page_needs_and_the_builder_is_sent_no_more() -> None:
    assert all((PROJECT / name).exists() for name in copied())
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied())
    assert instructions("USER") == ["1000"]  # no root


def test_every_command_that_starts_the_page_has_flags_that_it_knows() -> None:
    start = json.loads(instructions("ENTRYPOINT")[0])
    lines = [start[2:] + json.loads(instructions("CMD")[0])]
    lines += [start[2:] + service["command"] for service in COMPOSE["services"].values()]
    unit = re.search(r"^ExecStart=\S+ app.py (.*)$", UNIT, re.M)
    assert unit is not None
    lines.append([word for word in shlex.split(unit[1]) if not word.startswith("$")])
    space: dict[str, object] = {"__name__": "space"}
    exec((DEPLOY / "space" / "space.py").read_text(encoding="utf-8"), space)
    lines.append(space["flags"]())  # type: ignore[operator]
    for flags in lines:
        args = parser().parse_args(flags)
        page = page_settings(args)
        assert args.log == "json" and page.stop_s == PageSettings.stop_s
        assert page.is_alone or not page.may_measure


def test_a_page_that_is_told_to_end_has_longer_than_it_takes() -> None:
    unit = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.M)
    assert unit is not None and int(unit[1]) > PageSettings.stop_s + 5
    assert "KillMode=mixed" in UNIT  # else what reads uploads is ended with the page
    for service in COMPOSE["services"].values():
        assert int(service["stop_grace_period"].rstrip("s")) > PageSettings.stop_s + 5


def test_a_gpu_is_asked_for_by_its_own_service_and_build_argument() -> None:
    cpu, gpu = COMPOSE["services"]["page"], COMPOSE["services"]["gpu"]
    assert gpu["profiles"] == ["gpu"] and "profiles" not in cpu
    assert (cpu["build"]["args"], gpu["build"]["args"]) == ({"DEVICE": "cpu"}, {"DEVICE": "cuda"})
    assert [line.partition("=")[0] for line in instructions("ARG")][1:] == ["DEVICE", "TORCH_INDEX"]
    device = gpu["deploy"]["resources"]["reservations"]["devices"][0]
    assert device["capabilities"] == ["gpu"]


def test_the_space_says_what_the_requirements_say() -> None:
    text = (DEPLOY / "space" / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(text.split("---")[1])
    assert front["sdk"] == "gradio" and front["license"] == "mit"
    assert (DEPLOY / "space" / front["app_file"]).is_file()
    required = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    version = re.search(r"^gradio>=([\d.]+)", required, re.M)
    assert version is not None and front["sdk_version"].startswith(version[1])
    assert front["python_version"] in ("3.11", "3.12", "3.13")
    assert len(front["short_description"]) <= 60


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "vmr.service"
    here = UNIT.replace("/opt/vmr/.venv/bin/python", sys.executable)
    unit.write_text(here.replace("/opt/vmr", str(PROJECT)), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("script", ["start", "wait_ready", "make_space"])
def test_scripts_are_programs_that_a_shell_reads(script: str) -> None:
    path = DEPLOY / script
    assert os.access(path, os.X_OK)
    assert subprocess.run(["sh", "-n", str(path)]).returncode == 0


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="a shell and its signals")
def test_what_is_copied_serves_logs_json_and_ends_after_its_running_answer(
    tmp_path: Path, world_video: Path
) -> None:
    """The folder of a Space, as of an image: started, waited for, used, and told to end at work."""
    folder, log = tmp_path / "space", tmp_path / "log"
    subprocess.run([DEPLOY / "make_space", str(folder)], check=True)
    assert set(copied()) <= {path.name for path in folder.iterdir()}
    port, video = free_port(), tmp_path / "our holiday.mp4"
    shutil.copy(world_video, video)
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ
    }
    environment |= {"VMR_DATA": str(tmp_path / "data"), "VMR_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "app.py", "--port", str(port), "--device", "cpu", "--log", "json"]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}/"
        subprocess.run([DEPLOY / "wait_ready", f"{address}healthz", "120"], check=True)
        visitor, answers = Visitor(address), []
        sent = [visitor.upload(video), "", "piano for ann"]
        session = visitor.join("match", sent)
        hearing = threading.Thread(target=lambda: answers.append(visitor.hear(session)))
        hearing.start()
        server.send_signal(signal.SIGTERM)
        hearing.join(60)
        assert server.wait(60) == 0
    finally:
        server.kill()
    assert answers and answers[0]["query"]["name"] == "our holiday.mp4"
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    events = [line["event"] for line in lines]
    assert events[-1] == "end" and {"ready", "read", "answer", "stopping", "stopped"} <= {*events}
    for personal in ("holiday", "for ann", "piano", "127.0.0.1", session):
        assert personal not in re.sub(r'"what": "[^"]*"', "", log.read_text(encoding="utf-8"))


def test_the_cluster_has_a_key_and_nodes_that_find_each_other():
    cluster = yaml.safe_load((DEPLOY / "compose.qdrant.yaml").read_text(encoding="utf-8"))
    nodes = cluster["services"]
    for name, node in nodes.items():
        assert node["environment"]["QDRANT__SERVICE__API_KEY"].startswith("${VMR_QDRANT_KEY:?")
        assert f"http://{name}:6335" in node["command"]
        assert "first" in node["command"][2] and node["volumes"] == [f"{name}:/qdrant/storage"]
    published = [port for node in nodes.values() for port in node.get("ports", [])]
    assert published == ["127.0.0.1:6333:6333"]
