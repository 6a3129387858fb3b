"""What a training step costs: the parts of the measurement that can be checked."""

from __future__ import annotations

import pytest
import torch

from vmr.__main__ import main
from vmr.training.step_cost import MUSIC_COLUMNS, PRODUCTS, VIDEO_COLUMNS, Run, _Recorder
from vmr.training.train import TrainConfig


def test_the_products_of_a_step_are_those_of_the_network_and_its_gradient() -> None:
    run = Run(members=1)
    calls = run.products()
    assert {func.overloadpacket.__name__ for func, *_ in calls} <= set(PRODUCTS)
    multiplied = sum(_multiplications(args) for _, args, _ in calls)
    batch = TrainConfig().batch
    columns = VIDEO_COLUMNS + MUSIC_COLUMNS
    trunks = 2 * batch * 256 * columns * 2  # branches, batch, hidden; forward and weights
    heads = 2 * batch * 256 * 64 * 2 * 3  # both sides; forward, weights, input
    cosines = 3 * batch * batch * 64 * 3  # ssl, genre, mixed
    assert trunks + heads + cosines <= multiplied <= 1.05 * (trunks + heads + cosines)


def _multiplications(args: tuple[object, ...]) -> int:
    a, b = [x for x in args if isinstance(x, torch.Tensor)][-2:]
    return a.numel() * b.shape[-1]


def test_recorded_arguments_have_the_strides_of_the_real_ones() -> None:
    x = torch.randn(6, 4)
    with _Recorder() as recorder:
        x.t() @ x
    ((func, args, _),) = recorder.calls
    assert func.overloadpacket.__name__ == "mm"
    assert [(a.shape, a.stride()) for a in args] == [((4, 6), (1, 4)), ((6, 4), (4, 1))]


def test_the_command_says_both_shares(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "--training", "--repeat", "1", "--members", "1"]) == 0
    said = capsys.readouterr().out
    assert "outside by clock  outside profiled" in said and "dearest others, 1 members" in said
