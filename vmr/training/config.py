"""How a model is trained. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

COLDEST = 0.02  # of the temperatures: the exponential of a cosine over it still fits float32


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; the flags of ``python -m vmr train`` are these fields.

    windows              random windows per clip and step, 0 = all of them
    *_weight             weights of the three losses
    label_smoothing      share of every label that is spread over the facet's other labels
    balanced             draw each class of the first facet equally often, not each pair
    eval_every           steps between looks at the validation pairs
    """

    steps: int = 300
    batch: int = 256
    lr: float = 3e-3
    weight_decay: float = 0.05
    temperature: float = 0.1
    label_temperature: float = 0.1
    windows: int = 1
    ssl_weight: float = 1.0
    facet_weight: float = 1.0
    joint_weight: float = 1.0
    label_smoothing: float = 0.0
    balanced: bool = True
    eval_every: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        coldest = min(self.temperature, self.label_temperature)
        if coldest < COLDEST:
            raise ValueError(f"temperatures must be at least {COLDEST}, not {coldest}")
