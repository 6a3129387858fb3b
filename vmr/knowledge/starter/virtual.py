"""Virtual clips: encoder features of everyday scenes that no footage at hand shows. numpy only.

The rows of a classifier's last layer are prototypes: moving pooled features along row c, by the
spread that features have (the direction of linear discriminant analysis), makes a picture of class
c. A virtual clip shows one to three concepts of scenes.csv for some frames each, with or without
people and indoors (moved along the small heads), in front of the residuals of real frames, and has
VIDEO_STATS such as everyday clips of that kind have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.encoders.efficientnet import EfficientNetLite0
from vmr.knowledge.heads import Heads, read_heads
from vmr.knowledge.scenes import Concept, read_scenes
from vmr.media.clip import VIDEO_STATS

Array = NDArray[np.float32]

# What people film, a guess: the share of each group of concepts among everyday clips, how often
# people are in it, and how often it is indoors.
GROUPS = {
    "people": (0.20, 0.95, 0.45),
    "nature": (0.22, 0.15, 0.02),
    "sport": (0.13, 0.85, 0.25),
    "city": (0.11, 0.35, 0.05),
    "pet": (0.09, 0.15, 0.35),
    "party": (0.07, 0.90, 0.70),
    "food": (0.06, 0.25, 0.85),
    "interior": (0.05, 0.30, 0.90),
    "vehicle": (0.04, 0.25, 0.05),
    "object": (0.02, 0.10, 0.60),
    "action": (0.02, 0.50, 0.20),
    "screen": (0.02, 0.10, 0.50),
}
FRAMES = 6
PUSH = (
    3.0,
    11.0,
)  # how far along a prototype; at 7 the class is about as likely as on everyday frames
# Where the heads end up, mean and spread in their own units: with and without people, indoors and
# outdoors, and the valence of everyday frames.
HEAD_VALUES = {"people": ((0.9, 0.5), (-0.6, 0.5)), "indoor": ((0.7, 0.5), (-0.4, 0.4))}
VALENCE = (0.1, 0.8)


@dataclass(frozen=True)
class Scenery:
    """What virtual clips are made of. mean, scale (1280,) of real pooled features; residuals
    (R, 1280) of real frames; prototypes (1000, 1280) and along_heads (H, 1280) as directions, the
    latter so long that one step changes the head's output by 1."""

    mean: Array
    scale: Array
    residuals: Array
    prototypes: Array
    heads: Heads
    along_heads: Array
    concepts: tuple[Concept, ...]


def scenery(encoder: EfficientNetLite0, frames: Array) -> Scenery:
    """From pooled features of real frames (R, 1280)."""
    mean, scale = frames.mean(0), frames.std(0) + 0.02
    heads = read_heads("picture")
    along = encoder.classifier_weights * scale**2
    along_heads = heads.weight * scale**2
    return Scenery(
        mean=mean,
        scale=scale,
        residuals=frames - mean,
        prototypes=along / np.linalg.norm(along / scale, axis=1, keepdims=True),
        heads=heads,
        along_heads=along_heads / (heads.weight * along_heads).sum(1, keepdims=True),
        concepts=tuple(c for c in read_scenes() if c.group in GROUPS),
    )


def virtual_clips(scene: Scenery, count: int, rng: np.random.Generator) -> list[Array]:
    """``count`` clips, each (FRAMES, 1280 + S) float32, drawn by GROUPS."""
    return [_clip(scene, rng) for _ in range(count)]


def _clip(scene: Scenery, rng: np.random.Generator) -> Array:
    groups = list(GROUPS)
    share = np.array([GROUPS[g][0] for g in groups])
    group = groups[rng.choice(len(groups), p=share / share.sum())]
    inside = [c for c in scene.concepts if c.group == group]
    shown = [inside[rng.integers(len(inside))]]
    while len(shown) < 3 and rng.random() < 0.35:
        shown.append(scene.concepts[rng.integers(len(scene.concepts))])
    pooled = _frames(scene, shown, GROUPS[group][1:], rng)
    energy = float(np.mean([c.meaning.energy for c in shown[:2]]))
    return np.concatenate([pooled, _stats(energy, rng)], axis=1).astype(np.float32)


def _frames(
    scene: Scenery, shown: Sequence[Concept], odds: Sequence[float], rng: np.random.Generator
) -> Array:
    target = {"valence": rng.normal(*VALENCE)}
    for (name, values), odd in zip(HEAD_VALUES.items(), odds, strict=True):
        target[name] = rng.normal(*values[0 if rng.random() < odd else 1])
    base = scene.residuals[rng.integers(len(scene.residuals))]
    # A clip stays with its subject: the classes and how clearly they show hold for all frames.
    classes = [rng.permutation(concept.classes)[:2] for concept in shown]
    push = rng.uniform(*PUSH)
    rows = []
    for _ in range(FRAMES):
        subject = classes[min(int(rng.exponential(0.5)), len(classes) - 1)]
        detail = scene.residuals[rng.integers(len(scene.residuals))]
        x = scene.mean + 0.8 * base + 0.3 * detail
        for c in subject:
            x = x + push * rng.uniform(0.6, 1.2) * scene.prototypes[c]
        for name, value in target.items():
            head = scene.heads.names.index(name)
            now = float(scene.heads(x[None])[0, head])
            x = x + (value - now) * scene.along_heads[head]
        rows.append(np.maximum(x, 0))  # pooled values of a ReLU are never negative
    return np.stack(rows)


def _stats(energy: float, rng: np.random.Generator) -> Array:
    """(FRAMES, S): plausible VIDEO_STATS of a clip whose content has that energy, 1 to 5."""
    # Half of the motion is the content's, the other half the camera's and the small subject's.
    motion = np.exp(rng.normal(np.log(0.035) + 0.45 * (energy - 2.5), 0.9))
    motion = float(np.clip(motion, 0.004, 0.6))
    flow = motion * np.exp(rng.normal(-0.9, 0.7))
    camera = flow * np.clip(rng.normal(0.6, 0.3), 0, 1)
    cuts = 0.0
    if rng.random() < 0.35:
        cuts = float(np.exp(rng.normal(np.log(0.2) + 0.2 * (energy - 2.5), 0.7)))
    brightness = float(np.clip(rng.normal(0.43, 0.15), 0.03, 0.92))
    saturation = float(np.clip(rng.gamma(3.0, 0.11), 0, 1)) if rng.random() > 0.05 else 0.0
    values = {
        "brightness": brightness,
        "contrast": np.clip(rng.normal(0.42, 0.12), 0.05, 0.9),
        "saturation": saturation,
        "warmth": np.clip(rng.normal(0.54, 0.08), 0.2, 0.9) if saturation else 0.5,
        "colourfulness": np.clip(saturation * rng.normal(0.9, 0.25), 0, 1),
        "detail": np.clip(rng.gamma(2.0, 0.1), 0, 0.8),
        "dark": np.clip(rng.normal(0.5 - 1.3 * brightness, 0.12), 0, 0.95),
        "motion": motion,
        "flow": min(flow, 0.6),
        "camera": min(camera, 0.5),
        "cut_rate": min(cuts, 2.0),
        "moving": np.clip(0.35 + 0.25 * np.log(max(flow, 1e-4) / 0.02) + rng.normal(0, 0.2), 0, 1),
        "flicker": min(0.012 * np.exp(rng.normal(0.3 * np.log(motion / 0.05), 0.7)), 0.3),
    }
    row = np.array([values[name] for name in VIDEO_STATS], dtype=np.float32)
    return np.tile(row, (FRAMES, 1)) * rng.normal(1, 0.05, (FRAMES, len(row))).astype(np.float32)
