"""The two-tower model: video and music features -> branch embeddings, and how they are compared.

A model is two towers (vmr.towers) and what was fitted after their training: label prototypes, the
spread of training cosines per branch, and banks of typical queries for the hubness correction.
Everything is kept in one safetensors file (vmr.checkpoint).

Shapes: N items, T steps, D = members * dim, B branches, L labels. numpy arrays in and out, float32.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vmr.checkpoint import load_model, save_model
from vmr.embedding import SSL, Array, BranchEmbedding, Calibration, calibrate_on
from vmr.pooling import unit
from vmr.towers import Features, Prepared, Side, Tower, fit_course

__all__ = ["Labels", "Model", "ModelConfig", "load_model", "save_model"]

Labels = Mapping[str, Sequence[str]]  # {"genre": ["rock"], "mood": []}
FUSIONS = ("calibrated", "mix")


@dataclass(frozen=True)
class ModelConfig:
    """What a model is made of; written into the checkpoint's header.

    video_dim, music_dim        columns of the encoders' features
    labels                      {facet: names}; one branch per facet beside ``ssl``
    dim, members                columns per member; the embedding has ``width`` columns
    *_pooling                   window statistics, see vmr.pooling.pool
    *_window                    rows per window, 0 = the whole clip at once
    *_pca, *_pca_columns        the first pca_columns columns become pca (0 = none; 0 = all columns)
    course, course_dim          positions of the time course (0 = none) and columns of each
    course_share                the time course's part in the cosine of the ssl branch, 0 to 1
    course_margin               what it leaves out at each end, as a share of the length
    *_smooth                    rows that a position averages
    *_course_pca                how many of the projected columns the course keeps (0 = all)
    shared_trunk                one hidden layer for all branches instead of one each
    *_lens                      sizes of a fixed front end (vmr.lens), () = none
    posterior_share             weight of the label posteriors (vmr.posterior) against the
                                contrastive vector in every facet, in spreads, 0 to 1 (0 = none)
    label_pull                  how far a known label draws a track to its prototype, 0 to 1
    hub_share, own_spread       the hubness correction, see vmr.embedding.calibrate_on
    label_level                 how much of a label's own level it leaves, 0 to 1: a label that few
                                clips ask for stays rare, while tracks of one label are still evened
    """

    video_dim: int
    music_dim: int
    video_encoder: str = "features"
    music_encoder: str = "features"
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dim: int = 64
    members: int = 1
    hidden: int = 256
    dropout: float = 0.2
    shared_trunk: bool = False
    video_pooling: tuple[str, ...] = ("mean", "std")
    music_pooling: tuple[str, ...] = ("mean", "std")
    video_window: int = 0
    music_window: int = 0
    video_pca: int = 0
    music_pca: int = 0
    video_pca_columns: int = 0
    music_pca_columns: int = 0
    course: int = 0
    course_dim: int = 4
    course_share: float = 0.7
    course_margin: float = 0.1
    video_smooth: int = 1
    music_smooth: int = 1
    video_course_pca: int = 0
    music_course_pca: int = 0
    video_lens: tuple[int, ...] = ()
    music_lens: tuple[int, ...] = ()
    fusion: str = "calibrated"
    posterior_share: float = 0.0
    label_pull: float = 0.5
    hub_share: float = 0.0
    own_spread: float = 0.0
    label_level: float = 0.0

    def __post_init__(self) -> None:
        if SSL in self.labels:
            raise ValueError(f"a facet cannot be called {SSL!r}")
        if self.fusion not in FUSIONS:
            raise ValueError(f"fusion must be one of {FUSIONS}, not {self.fusion!r}")
        if self.fusion == "mix" and self.posterior_share:
            raise ValueError(
                "posterior_share needs calibrated fusion: in the plain mix a facet with posteriors "
                "counts for next to nothing; set it to 0"
            )
        object.__setattr__(self, "labels", {f: tuple(n) for f, n in self.labels.items()})
        object.__setattr__(self, "video_pooling", tuple(self.video_pooling))
        object.__setattr__(self, "music_pooling", tuple(self.music_pooling))
        object.__setattr__(self, "video_lens", tuple(self.video_lens))
        object.__setattr__(self, "music_lens", tuple(self.music_lens))

    @property
    def branches(self) -> tuple[str, ...]:
        """``ssl`` first, then the facets in their order."""
        return (SSL, *self.labels)

    @property
    def width(self) -> int:
        """D, columns of an embedding."""
        posterior = max(map(len, self.labels.values())) + 2 if self.has_posteriors else 0
        return self.members * (self.dim + self.course * self.course_dim + posterior)

    @property
    def has_posteriors(self) -> bool:
        return bool(self.posterior_share and self.labels)

    @property
    def facets(self) -> tuple[str, ...]:
        return tuple(self.labels)

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def identity(self) -> str:
        """The fields that are not at their defaults, as JSON: a new option changes no old model."""
        defaults = {f.name: f.default for f in fields(self)}
        chosen = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        return json.dumps(chosen, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelConfig:
        """Raises TypeError or ValueError for fields that this version does not know."""
        return cls(**json.loads(text))


class Model(nn.Module):
    """Two towers and the fitted numbers around them. Made by ``train`` or ``load_model``."""

    cosine_mean: Tensor  # (B,) of training cosines between a video and any training track
    cosine_spread: Tensor  # (B,)
    video_bank_values: Tensor  # (Q, B, D), Q may be 0
    music_bank_values: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.metadata: dict[str, str] = {}
        self.video_tower = _tower(config, "video")
        self.music_tower = _tower(config, "music")
        branches, width = len(config.branches), config.width
        for facet, names in config.labels.items():
            self.register_buffer(f"prototypes_{facet}", torch.zeros(len(names), width))
        self.register_buffer("cosine_mean", torch.zeros(branches))
        self.register_buffer("cosine_spread", torch.ones(branches))
        self.register_buffer("video_bank_values", torch.zeros(0, branches, width))
        self.register_buffer("music_bank_values", torch.zeros(0, branches, width))

    # ---- embedding --------------------------------------------------------------------------

    def embed_video(self, features: Sequence[Features]) -> BranchEmbedding:
        """Feature rows of N clips, each (T_i, Dv) -> unit vectors (N, B, D)."""
        return self._embed(self.video_tower, features)

    def embed_music(
        self, features: Sequence[Features], labels: Sequence[Labels] | None = None
    ) -> BranchEmbedding:
        """Feature rows of N tracks, each (T_i, Dm) -> unit vectors (N, B, D).

        A label that is known draws the track's facet vector towards the label's prototype:
        normalise((1 - label_pull) z + label_pull * mean prototype). Names that the checkpoint does
        not know, and labels without an example in training, change nothing.
        """
        embedding = self._embed(self.music_tower, features)
        return embedding if labels is None else self._pull(embedding, labels)

    def _embed(self, tower: Tower, features: Sequence[Features]) -> BranchEmbedding:
        return self.embed_prepared(tower, tower.prepare(features))

    @torch.no_grad()
    def embed_prepared(self, tower: Tower, clips: Prepared) -> BranchEmbedding:
        """The trained part alone, on what ``tower.prepare`` gave: -> unit vectors (N, B, D)."""
        was_training = self.training
        self.eval()
        z = tower(clips)
        self.train(was_training)
        return BranchEmbedding(join_members(z).cpu().numpy(), self.config.branches)

    def _pull(self, embedding: BranchEmbedding, labels: Sequence[Labels]) -> BranchEmbedding:
        if len(labels) != len(embedding):
            raise ValueError(f"{len(labels)} label rows for {len(embedding)} tracks")
        values = embedding.values.copy()
        pull = self.config.label_pull
        for b, (facet, names) in enumerate(self.config.labels.items(), start=1):
            prototypes = self.prototypes(facet)
            for n, row in enumerate(labels):
                known = [names.index(name) for name in row.get(facet, ()) if name in names]
                target = prototypes[known].mean(axis=0) if known else np.zeros(values.shape[2])
                if target.any():
                    drawn = (1 - pull) * values[n, b] + pull * target
                    values[n, b] = drawn / max(float(np.linalg.norm(drawn)), 1e-12)
        return BranchEmbedding(values, embedding.branches)

    def prototypes(self, facet: str) -> Array:
        """Mean direction of each label's training tracks: (L, D), zero rows where it had none."""
        return np.asarray(getattr(self, f"prototypes_{facet}").cpu().numpy(), dtype=np.float32)

    # ---- calibration ------------------------------------------------------------------------

    @property
    def video_bank(self) -> BranchEmbedding | None:
        """Typical video queries kept from training, or None."""
        return self._bank(self.video_bank_values)

    @property
    def music_bank(self) -> BranchEmbedding | None:
        """Typical music queries kept from training, or None."""
        return self._bank(self.music_bank_values)

    def calibration_of_music(self, items: BranchEmbedding) -> Calibration:
        """For ranking these tracks for a video: (N, B), or (1, B) without a bank."""
        calibration = self._calibration(items, self.video_bank)
        if self.video_bank is None or not self.config.label_level:
            return calibration
        return Calibration(self._leave_levels(items, calibration.offset), calibration.scale)

    def _leave_levels(self, items: BranchEmbedding, offset: Array) -> Array:
        """Take the mean offset of the tracks of each label out of the offsets (N, B)."""
        left = offset.copy()
        for b, facet in enumerate(self.config.facets, start=1):
            nearest = (items.branch(facet) @ self.prototypes(facet).T).argmax(axis=1)
            count = np.maximum(np.bincount(nearest), 1)
            level = (np.bincount(nearest, weights=offset[:, b]) / count)[nearest]
            left[:, b] -= self.config.label_level * (level - level.mean())
        return left

    def calibration_of_video(self, items: BranchEmbedding) -> Calibration:
        """For ranking these videos for a track: (N, B), or (1, B) without a bank."""
        return self._calibration(items, self.music_bank)

    def calibration_music_music(self, items: BranchEmbedding) -> Calibration:
        """For ranking these tracks for a reference track: (N, B), or (1, B) without a bank."""
        return self._calibration(items, self.music_bank)

    def _calibration(self, items: BranchEmbedding, bank: BranchEmbedding | None) -> Calibration:
        if bank is not None:
            return calibrate_on(items, bank, self.config.hub_share, self.config.own_spread)
        return Calibration(
            self.cosine_mean.cpu().numpy()[None], self.cosine_spread.cpu().numpy()[None]
        )

    def _bank(self, values: Tensor) -> BranchEmbedding | None:
        if not len(values):
            return None
        return BranchEmbedding(values.cpu().numpy(), self.config.branches)

    # ---- fitting around the training --------------------------------------------------------

    def fit_inputs(self, video: Sequence[Features], music: Sequence[Features]) -> None:
        """Fit standardisation, projections and time courses on the training pairs, at the start."""
        self.video_tower.fit(video)
        self.music_tower.fit(music)
        if self.config.course:
            fit_course(self.video_tower, self.music_tower, video, music)

    @torch.no_grad()
    def fit_outputs(
        self,
        video: Prepared | Sequence[Features],
        music: Prepared | Sequence[Features],
        label_weights: Mapping[str, NDArray[np.float32]],
        bank: int = 256,
        seed: int = 0,
    ) -> None:
        """Fit centres, cosine spreads, prototypes and banks on the training pairs, at the end.

        label_weights: {facet: (N, L)} of the tracks, multi-hot or soft; zero rows are unlabelled.
        """
        self.eval()
        if not isinstance(video, Prepared):
            video = self.video_tower.prepare(video)
        if not isinstance(music, Prepared):
            music = self.music_tower.prepare(music)
        for tower, clips in ((self.video_tower, video), (self.music_tower, music)):
            tower.centre.copy_(tower.uncentred(clips).mean(0))
        if self.config.has_posteriors:
            self._fit_shares(video, music)
        v = self.embed_prepared(self.video_tower, video)
        m = self.embed_prepared(self.music_tower, music)
        cosines = np.einsum("qbd,nbd->qnb", v.values, m.values)
        self.cosine_mean.copy_(torch.as_tensor(cosines.mean((0, 1))))
        self.cosine_spread.copy_(torch.as_tensor(np.maximum(cosines.std((0, 1)), 1e-4)))
        for facet, weights in label_weights.items():
            total = torch.as_tensor(np.asarray(weights, np.float32).T @ m.branch(facet))
            getattr(self, f"prototypes_{facet}").copy_(unit(total))
        order = np.random.default_rng(seed).permutation(len(v))[:bank]
        device = self.cosine_mean.device
        self.video_bank_values = torch.as_tensor(v.values[order], device=device)
        self.music_bank_values = torch.as_tensor(m.values[order], device=device)

    def _fit_shares(self, video: Prepared, music: Prepared) -> None:
        """Shares of the cosine at which the posteriors count ``posterior_share`` in spreads."""
        towers = (self.video_tower, self.music_tower)
        classifiers = [classifier for tower in towers for classifier in tower.classifiers]
        for classifier in classifiers:
            classifier.share.zero_()
        z = [
            self.embed_prepared(tower, clips).values
            for tower, clips in zip(towers, (video, music), strict=True)
        ]
        said = [
            tower.clip_posteriors(clips)
            for tower, clips in zip(towers, (video, music), strict=True)
        ]
        wanted = self.config.posterior_share
        for f, (a, b) in enumerate(zip(*said, strict=True)):
            contrastive = wanted * float((z[0][:, f + 1] @ z[1][:, f + 1].T).std())
            posterior = (1 - wanted) * float((a @ b.T).std())
            if float(a.abs().max()) and float(b.abs().max()):
                for tower in towers:
                    tower.classifiers[f].share.fill_(contrastive / (contrastive + posterior))

    @property
    def fingerprint(self) -> str:
        """32 hex digits of the configuration and every tensor: equal embeddings, equal name."""
        digest = hashlib.sha256(self.config.identity().encode())
        for name, tensor in sorted(self.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:32]


def join_members(z: Tensor) -> Tensor:
    """Members side by side, still unit rows: (N, M, B, E) -> (N, B, M * E)."""
    n, m, b, e = z.shape
    return unit(z.permute(0, 2, 1, 3).reshape(n, b, m * e))


def _tower(config: ModelConfig, side: str) -> Tower:
    read = Side(
        name=side,
        columns=getattr(config, f"{side}_dim"),
        pooling=getattr(config, f"{side}_pooling"),
        window=getattr(config, f"{side}_window"),
        lens=getattr(config, f"{side}_lens"),
        pca=getattr(config, f"{side}_pca"),
        pca_columns=getattr(config, f"{side}_pca_columns"),
        smooth=getattr(config, f"{side}_smooth"),
        course_pca=getattr(config, f"{side}_course_pca"),
    )
    return Tower(
        read,
        members=config.members,
        branches=len(config.branches),
        dim=config.dim,
        hidden=config.hidden,
        dropout=config.dropout,
        shared_trunk=config.shared_trunk,
        course=config.course,
        course_dim=config.course_dim,
        course_share=config.course_share,
        course_margin=config.course_margin,
        posterior_labels=tuple(map(len, config.labels.values())) if config.has_posteriors else (),
    )
