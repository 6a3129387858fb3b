"""Training: the loop, resuming, several processes, and the command."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pytest import approx

from tests.synthetic import make_pairs, write_pairs
from vmr import metrics
from vmr.__main__ import main
from vmr.errors import CheckpointError
from vmr.files import read_tensors
from vmr.model.checkpoint import load_model
from vmr.model.config import ModelConfig
from vmr.model.pooling import unit_rows
from vmr.model.two_tower import Model
from vmr.training.batches import Batches
from vmr.training.config import TrainConfig
from vmr.training.distributed import World
from vmr.training.loop import adamw, descend
from vmr.training.losses import label_similarity, supcon
from vmr.training.pairs_from_folder import draw_splits
from vmr.training.train import batch_loss, train, vector_loss
from vmr.training.validation import HeldOut, hold_out

CONFIG = ModelConfig(12, 9, labels={"genre": ("low", "high")}, dim=16, hidden=32, dropout=0.1)
QUICK = TrainConfig(steps=60, batch=32, lr=5e-3, eval_every=20)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def cosines(model: Model, pairs: object) -> np.ndarray:
    v = model.embed_video(pairs.video)  # type: ignore[attr-defined]
    m = model.embed_music(pairs.music)  # type: ignore[attr-defined]
    return np.einsum("qbd,nbd->bqn", v.values, m.values)


def test_eight_pairs_are_learnt_by_heart() -> None:
    pairs = make_pairs(8)
    model = train(pairs, replace(CONFIG, dropout=0.0), replace(QUICK, steps=60))
    scores = cosines(model, pairs)[0]
    assert metrics.retrieval(metrics.ranks(scores))["R@1"] == 1
    assert metrics.retrieval(metrics.ranks(scores.T))["R@1"] == 1


def test_both_branches_learn_what_they_are_for_on_pairs_never_seen() -> None:
    model = train(make_pairs(200), CONFIG, replace(QUICK, steps=150))
    test = make_pairs(60, seed=5)
    scores = cosines(model, test)
    known = test.music_labels["genre"] > 0
    assert metrics.recall_at(metrics.ranks(scores[0]), 10) > 0.6  # chance 0.17
    own = np.eye(60, dtype=bool)
    found = metrics.macro(metrics.precision_at(scores[1], known, known, 10, own))
    assert found > metrics.chance_precision(known, known, own) + 0.2


def test_pairs_without_any_label_train_the_ssl_branch() -> None:
    pairs = make_pairs(40)
    nothing = {"genre": np.zeros((40, 2), np.float32)}
    model = train(replace(pairs, video_labels=nothing, music_labels=nothing), CONFIG, QUICK)
    assert metrics.recall_at(metrics.ranks(cosines(model, pairs)[0]), 5) > 0.5
    assert not model.prototypes("genre").any()


def test_the_rate_goes_up_and_down_once() -> None:
    layer = torch.nn.Linear(1, 1)
    optimizer, rates = adamw(layer, 1.0, 0.0), []

    def loss_at(step: int) -> torch.Tensor:
        rates.append(optimizer.param_groups[0]["lr"])
        return layer(torch.ones(1, 1)).square().sum()

    descend(optimizer, loss_at, 100)
    assert max(rates) == approx(1.0, abs=0.01) and int(np.argmax(rates)) in (29, 30)
    assert (np.diff(rates[:29]) > 0).all() and (np.diff(rates[31:]) < 0).all()
    assert rates[0] < 0.1 and rates[-1] < 0.01


def test_the_loop_minimises_what_it_is_given_and_goes_on_from_a_later_step() -> None:
    target = torch.tensor([1.0, -2.0])
    layer, seen = torch.nn.Linear(1, 2, bias=False), []
    optimizer = adamw(layer, 0.1, 0.0)

    def loss_at(step: int) -> torch.Tensor:
        return (layer.weight[:, 0] - target).square().sum()

    descend(optimizer, loss_at, 200, after=lambda done, loss: seen.append((done, float(loss))))
    assert layer.weight[:, 0].tolist() == approx(target.tolist(), abs=1e-2)
    assert [done for done, _ in seen] == list(range(1, 201)) and seen[-1][1] < 1e-3 < seen[0][1]
    descend(optimizer, loss_at, 200, first=198, after=lambda done, loss: seen.append((done, 0.0)))
    assert [done for done, _ in seen[200:]] == [199, 200]


def naive_loss(z: torch.Tensor, similar: torch.Tensor, alpha: float, config: TrainConfig) -> float:
    """The loss of one facet of vectors (2, M, 2, N, E), put together from the losses one by one."""
    true = torch.eye(z.shape[-2])
    t, u = config.temperature, config.label_temperature
    video, music = z.transpose(1, 2)  # (B, M, N, E)
    mixed = [unit_rows((1 - alpha) * side[0] + alpha * side[1]) for side in (video, music)]
    each = {
        "ssl": supcon(video[0], music[0], true, t),
        "facet": supcon(video[1], music[1], similar, u),
        "joint": (1 - alpha) * supcon(*mixed, true, t) + alpha * supcon(*mixed, similar, u),
    }
    return sum(getattr(config, f"{name}_weight") * float(loss) for name, loss in each.items())


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(),
        TrainConfig(ssl_weight=0.3, facet_weight=1.7, joint_weight=0.6, label_temperature=0.05),
        TrainConfig(facet_weight=0, joint_weight=0),
    ],
)
@pytest.mark.parametrize("labelled", [6, 4, 0])
def test_the_stacked_loss_is_the_sum_of_the_losses_of_its_branches(
    labelled: int, config: TrainConfig
) -> None:
    z = unit_rows(torch.randn(2, 3, 2, 6, 5, generator=torch.Generator().manual_seed(1)))
    labels = torch.eye(2)[torch.arange(6) % 2] * (torch.arange(6) < labelled)[:, None]
    similar = label_similarity(labels, labels)
    found = vector_loss(*z, similar[None], 0.35, 0, config)
    assert float(found) == approx(naive_loss(z, similar, 0.35, config), rel=1e-5)


def test_the_best_state_on_validation_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, seen = iter([0.2, 0.9, 0.4]), []

    def score(self: HeldOut, model: Model) -> float:
        seen.append(model.video_tower.heads.weight.detach().clone())
        return next(scores)

    monkeypatch.setattr(HeldOut, "score", score)
    model = train(make_pairs(40), CONFIG, QUICK, validation=make_pairs(20, seed=3))
    assert '"best_step": 40, "validation": 0.9' in model.metadata["train"]
    assert torch.equal(model.video_tower.heads.weight, seen[1])
    assert not torch.equal(seen[1], seen[2])


def test_the_score_on_validation_rises_with_training() -> None:
    validation = make_pairs(60, seed=3)
    found = []
    for steps in (1, 100):
        model = train(make_pairs(150), CONFIG, replace(QUICK, steps=steps))
        found.append(hold_out(model, validation, "cpu").score(model))
    assert found[1] > found[0] + 0.2


def test_a_run_that_stopped_goes_on_to_the_same_model(tmp_path: Path) -> None:
    pairs, validation = make_pairs(40), make_pairs(20, seed=3)
    whole = train(pairs, CONFIG, QUICK, validation=validation)
    state = tmp_path / "state.safetensors"

    class StoppedError(Exception):
        pass

    def stop(step: int, steps: int, loss: float) -> None:
        if step == 47:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(
            pairs,
            CONFIG,
            QUICK,
            validation=validation,
            state_path=state,
            save_every=20,
            progress=stop,
        )
    steps: list[int] = []
    resumed = train(
        pairs,
        CONFIG,
        QUICK,
        validation=validation,
        state_path=state,
        progress=lambda step, *_: steps.append(step),
    )
    assert steps[0] == 41
    assert resumed.fingerprint == whole.fingerprint
    with pytest.raises(CheckpointError, match="other settings"):
        train(pairs, CONFIG, replace(QUICK, lr=1e-3), state_path=state)
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="damaged"):
        train(pairs, CONFIG, QUICK, state_path=state)


def _one_rank(rank: int, port: int, folder: str) -> None:
    """The loss and gradients of one of two processes, saved for the test."""
    torch.set_num_threads(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
    loss, gradients = _loss_and_gradients(World(rank, 2))
    torch.distributed.destroy_process_group()
    np.savez(Path(folder) / f"{rank}.npz", loss=loss, **gradients)


def _loss_and_gradients(world: World) -> tuple[float, dict[str, np.ndarray]]:
    torch.manual_seed(0)
    pairs = make_pairs(16)
    model = Model(replace(CONFIG, dropout=0.0, course=4))
    model.fit_inputs(pairs.video, pairs.music)
    sides = [
        tower.prepare(clips)
        for tower, clips in ((model.video_tower, pairs.video), (model.music_tower, pairs.music))
    ]
    config = TrainConfig(batch=16)
    loss = batch_loss(model.train(), Batches(pairs, *sides, config, world).at(0), config, world)
    loss.backward()
    parameters = dict(model.named_parameters())
    world.sum_gradients(list(parameters.values()))
    return loss.item(), {n: p.grad.numpy() for n, p in parameters.items() if p.grad is not None}


@pytest.mark.thorough
def test_two_processes_have_the_loss_and_gradients_of_one_on_the_joined_batch(
    tmp_path: Path,
) -> None:
    context = multiprocessing.get_context("spawn")
    port = 20000 + os.getpid() % 20000
    workers = [context.Process(target=_one_rank, args=(r, port, str(tmp_path))) for r in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    loss, gradients = _loss_and_gradients(World())
    for rank in range(2):
        found = np.load(tmp_path / f"{rank}.npz")
        assert float(found["loss"]) == approx(loss, rel=1e-5)
        assert set(found.files) == {"loss", *gradients} and gradients
        for name, gradient in gradients.items():
            assert found[name] == approx(gradient, abs=1e-5)


def test_splits_keep_groups_together_and_cover_all_three() -> None:
    groups = [f"g{i // 3}" for i in range(90)]
    splits = draw_splits(groups, seed=1)
    assert all(len(set(splits[i : i + 3])) == 1 for i in range(0, 90, 3))
    assert {s: splits.count(s) for s in set(splits)} == {"train": 72, "val": 9, "test": 9}
    assert draw_splits(["a", "b"], 0) == ["train", "train"]


def command(folder: Path, table: Path, *more: str) -> list[str]:
    out = str(folder / "m.safetensors")
    return ["train", "--pairs", str(table), "--out", out, "--dim", "8", "--hidden", "16", *more]


@pytest.mark.parametrize("fusion, share", [("calibrated", 0.7), ("mix", 0.0)])
def test_the_command_adds_label_posteriors_where_the_fusion_can_have_them(
    tmp_path: Path, fusion: str, share: float
) -> None:
    table = write_pairs(tmp_path, make_pairs(20), ["train"] * 20)
    assert main(command(tmp_path, table, "--steps", "2", "--fusion", fusion)) == 0
    assert load_model(tmp_path / "m.safetensors").config.posterior_share == share


@pytest.mark.parametrize(
    "flags, said",
    [
        (("--fusion", "mix", "--posterior-share", "0.5"), "posterior_share needs calibrated"),
        (("--temperature", "0.001"), "temperatures must be at least 0.02, not 0.001"),
    ],
)
def test_settings_that_cannot_be_used_are_one_sentence_and_no_file(
    tmp_path: Path, flags: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write_pairs(tmp_path, make_pairs(20), ["train"] * 20)
    assert main(command(tmp_path, table, *flags)) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "m.safetensors").exists()


def test_the_command_writes_a_checkpoint_with_its_history_and_a_card(tmp_path: Path) -> None:
    table = write_pairs(tmp_path, make_pairs(30), ["train"] * 20 + ["val"] * 5 + ["test"] * 5)
    assert main(command(tmp_path, table, "--steps", "20")) == 0
    model = load_model(tmp_path / "m.safetensors", video_encoder="features")
    assert model.config.labels == {"genre": ("high", "low")} and model.config.dim == 8
    history = model.metadata
    assert '"train": 20' in history["data"] and '"steps": 20' in history["train"]
    assert "low" in (tmp_path / "m.md").read_text()
    assert not list(tmp_path.glob("*unfinished*"))


def test_a_bad_table_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write_pairs(tmp_path, make_pairs(6), ["train"] * 5 + ["dev"])
    before = sorted(p.name for p in tmp_path.iterdir())
    assert main(command(tmp_path, table)) == 1
    assert "row 7: the split 'dev'" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_features_of_other_widths_train_without_a_change(tmp_path: Path) -> None:
    pairs = make_pairs(12, video_dim=300, music_dim=2)
    table = write_pairs(tmp_path, pairs, ["train"] * 12)
    assert main(command(tmp_path, table, "--steps", "3", "--members", "2")) == 0
    config = load_model(tmp_path / "m.safetensors").config
    assert (config.video_dim, config.music_dim, config.video_pca) == (300, 2, 96)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.thorough
def test_a_killed_command_goes_on_where_it_was(tmp_path: Path) -> None:
    table = write_pairs(tmp_path, make_pairs(20), ["train"] * 20)
    arguments = command(tmp_path, table, "--steps", "900")
    process = subprocess.Popen(
        [sys.executable, "-m", "vmr", *arguments], stderr=subprocess.DEVNULL, cwd=Path.cwd()
    )
    state = tmp_path / "m.unfinished.safetensors"
    for _ in range(3000):
        if state.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert state.exists() and not (tmp_path / "m.safetensors").exists()
    reached = int(read_tensors(state, "pt")[1]["step"])
    assert reached >= 200
    assert main(arguments) == 0
    assert load_model(tmp_path / "m.safetensors") and not state.exists()
