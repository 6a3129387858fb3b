"""What labels and corrections add to a facet's vectors, on either side of a model.

A facet's vector z lies near the directions of its labels. A head moves it along them:

    a track   unit((1 - pull) z + pull unit(share' D))        share' = posteriors less priors
    a video   unit(z + (level + K(x) W + met + read) D)       D the labels' directions

The posteriors are those of a classifier on what describes the sound (vmr.model.label_posterior).
``level`` raises or lowers a label for every picture; ``K(x) W`` answers to pictures like the
corrected ones and dies away elsewhere; ``met``, of a facet that the towers do not know, are the
labels of the tracks that the picture meets in the ssl branch, weighted by nearness; ``read`` is
what a written table says of what is seen, as far as it exceeds a floor.

Shapes: N clips, D columns of a branch, P columns that describe a clip, L labels, K corrected
pictures, T tracks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vmr.model.config import ModelConfig
from vmr.model.label_posterior import LabelPosterior
from vmr.model.pooling import unit_rows
from vmr.model.sized_by_file import SizedByFile

REACH = 3.0  # exp(-REACH * mean squared difference): only pictures much like a corrected one follow
SHARPNESS = 8.0  # of the nearness of a picture and a track, against the cosine


class TrackHead(SizedByFile):
    """Draws a track's vector towards the labels that its sound suggests."""

    directions: Tensor  # (L, D)
    pull: Tensor  # () 0 to 1

    def __init__(self, labels: int, width: int) -> None:
        super().__init__()
        self.register_buffer("directions", torch.zeros(labels, width))
        self.register_buffer("pull", torch.zeros(()))
        self.classifier = LabelPosterior(labels)

    def forward(self, z: Tensor, ssl: Tensor, described: Tensor | None) -> Tensor:
        """(N, D), (N, D), (N, P) or None for typical queries -> unit rows (N, D)."""
        if described is None:  # what asks for every label alike stands in for a vector of nothing
            every = self.directions[torch.arange(len(z), device=z.device) % len(self.directions)]
            return torch.where(z.any(dim=1, keepdim=True), z, every)
        if not self.pull:
            return z
        suggested = unit_rows(self.classifier(described) @ self.directions)
        return unit_rows((1 - self.pull) * z + self.pull * suggested)


class VideoHead(SizedByFile):
    """Moves a video's vector as corrections of other videos, or a written table, say."""

    later = ("floor", "reading", "usual")
    directions: Tensor  # (L, D)
    level: Tensor  # (L,)
    landmarks: Tensor  # (K, P)
    weights: Tensor  # (K, L)
    tracks: Tensor  # (T, D) ssl vectors of labelled tracks
    track_labels: Tensor  # (T, L) less their mean
    floor: Tensor  # (P,) what a column must exceed to be read
    reading: Tensor  # (P, L) what the table says of what exceeds it
    usual: Tensor  # (L,) what it says of the usual picture

    def __init__(self, labels: int, width: int) -> None:
        super().__init__()
        self.register_buffer("directions", torch.zeros(labels, width))
        self.register_buffer("level", torch.zeros(labels))
        self.register_buffer("landmarks", torch.zeros(0, 0))
        self.register_buffer("weights", torch.zeros(0, labels))
        self.register_buffer("tracks", torch.zeros(0, width))
        self.register_buffer("track_labels", torch.zeros(0, labels))
        self.register_buffer("floor", torch.zeros(0))
        self.register_buffer("reading", torch.zeros(0, labels))
        self.register_buffer("usual", torch.zeros(0))

    def forward(self, z: Tensor, ssl: Tensor, described: Tensor | None) -> Tensor:
        """(N, D), (N, D), (N, P) or None for typical queries -> unit rows (N, D)."""
        moved = self.level + self.met(ssl)
        if described is not None and len(self.landmarks):
            moved = moved + nearness(described, self.landmarks) @ self.weights
        if described is not None:
            moved = moved + self.read(described)
        return unit_rows(z + moved @ self.directions)

    def met(self, ssl: Tensor) -> Tensor:
        """Labels of the tracks near in the ssl branch, less the usual: (N, D) -> (N, L)."""
        if not len(self.tracks):
            return torch.zeros(len(ssl), self.level.shape[0]).to(ssl)
        near = torch.softmax(SHARPNESS * (ssl @ self.tracks.T), dim=1)
        return near @ self.track_labels

    def read(self, described: Tensor) -> Tensor:
        """What the table says of pictures, less the usual: (N, P) -> (N, L)."""
        if not len(self.floor):
            return torch.zeros(len(described), self.level.shape[0]).to(described)
        return (described - self.floor).clamp_min(0) @ self.reading - self.usual


class FacetHeads(nn.ModuleList):
    """The heads of one side, one for each adapted facet in their order."""

    def __init__(self, kind: type[TrackHead] | type[VideoHead], config: ModelConfig) -> None:
        super().__init__(kind(len(config.labels[f]), config.width) for f in config.adapted)
        self.count = len(config.branches)
        self.places = [config.branches.index(facet) for facet in config.adapted]

    def forward(self, z: Tensor, described: Tensor | None) -> Tensor:
        """Vectors with what labels and corrections taught: (N, trained B, D), (N, P) -> (N, B, D).

        Without what describes the clips only that counts which needs it not.
        """
        added = z.new_zeros(len(z), self.count - z.shape[1], z.shape[2])
        z = torch.cat([z, added], dim=1)
        for b, head in zip(self.places, self, strict=True):
            z[:, b] = head(z[:, b], z[:, 0], described)
        return z


def nearness(a: Tensor, b: Tensor) -> Tensor:
    """1 for the same picture, 0 for another: (N, P), (K, P) -> (N, K)."""
    return torch.exp(-REACH / a.shape[1] * torch.cdist(a, b).square())


def directions_of(labels: int, width: int, seed: int = 0) -> Tensor:
    """Unit rows (L, D), at right angles to each other where there is room."""
    drawn = torch.randn(width, labels, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(drawn)[0].T if labels <= width else unit_rows(drawn.T)
