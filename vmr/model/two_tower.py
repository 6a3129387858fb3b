"""The two-tower model: video and music features -> branch embeddings, and how they are compared.

A model is two towers (vmr.model.tower) and what was fitted after their training: label prototypes,
the spread of training cosines per branch, and banks of typical queries for the hubness correction.
Everything is kept in one safetensors file (vmr.model.checkpoint).

Shapes: N items, T steps, D = members * dim, B branches, L labels. numpy arrays in and out, float32.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vmr.embedding import Anchors, Array, BranchEmbedding, Calibration, unit
from vmr.model.config import ModelConfig
from vmr.model.facet_head import FacetHeads, TrackHead, VideoHead
from vmr.model.known_labels import Labels, drawn_to_labels
from vmr.model.measured import measured_facets, with_measured
from vmr.model.pooling import join_members, unit_rows
from vmr.model.tower import Features, Tower, fit_course, fit_shares
from vmr.model.windows import Prepared
from vmr.search import BankLevels, bank_levels

__all__ = ["Labels", "Model", "ModelConfig"]


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
        self.video_tower = Tower(config, "video")
        self.music_tower = Tower(config, "music")
        branches, width = len(config.branches), config.width
        self.video_heads = FacetHeads(VideoHead, config)
        self.music_heads = FacetHeads(TrackHead, config)
        self.measured = measured_facets(config.measured)
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
        self,
        features: Sequence[Features],
        labels: Sequence[Labels] | None = None,
        bpm: Sequence[float | None] | None = None,
    ) -> BranchEmbedding:
        """Feature rows of N tracks, each (T_i, Dm) -> unit vectors (N, B, D).

        bpm: the tempo of each as its table has it, None where the features alone say it.

        A label that is known draws the track's facet vector towards the label's prototype:
        normalise((1 - label_pull) z + label_pull * mean prototype). Names that the checkpoint does
        not know, and labels without an example in training, change nothing.
        """
        sound = self._embed(self.music_tower, features)
        embedding = with_measured(sound, self.measured, features, bpm)
        if labels is None:
            return embedding
        rows = {f: (names, self.prototypes(f)) for f, names in self.config.labels.items()}
        return drawn_to_labels(embedding, labels, rows, self.config.label_pull)

    def _embed(self, tower: Tower, features: Sequence[Features]) -> BranchEmbedding:
        return self.embed_prepared(tower, tower.prepare(features))

    @torch.no_grad()
    def embed_prepared(self, tower: Tower, clips: Prepared) -> BranchEmbedding:
        """What ``tower.prepare`` gave, through what is trained: -> unit vectors (N, B, D)."""
        z = self.embed_plainly(tower, clips)
        if self.config.adapted:
            heads = self.video_heads if tower is self.video_tower else self.music_heads
            z = heads(z, clips.described())
        return BranchEmbedding(z.cpu().numpy(), self.config.branches)

    @torch.no_grad()
    def embed_plainly(self, tower: Tower, clips: Prepared) -> Tensor:
        """The same without what an adaptation added: unit vectors (N, trained B, D)."""
        was_training = self.training
        self.eval()
        z = join_members(tower(clips))
        self.train(was_training)
        return z

    def prototypes(self, facet: str) -> Array:
        """Mean direction of each label's training tracks: (L, D), zero rows where it had none."""
        return np.asarray(getattr(self, f"prototypes_{facet}").cpu().numpy(), dtype=np.float32)

    def anchors(self, facet: str) -> Anchors:
        """The labels of a facet as directions of its branch; those without an example are left
        out. A query whose branch is an anchor asks for the label itself."""
        rows = self.prototypes(facet)
        there = [i for i in range(len(rows)) if rows[i].any()]
        names = tuple(self.config.labels[facet][i] for i in there)
        return Anchors(facet, names, unit(rows[there]))

    # ---- calibration ------------------------------------------------------------------------

    @property
    def has_linear_maps(self) -> bool:
        """Whether linear maps were asked for, and fitted on enough pairs."""
        maps = self.video_tower.linear
        return maps is not None and maps.fitted

    @property
    def video_bank(self) -> BranchEmbedding | None:
        """Typical video queries kept from training, or None."""
        return self._bank(self.video_bank_values, self.video_heads)

    @property
    def music_bank(self) -> BranchEmbedding | None:
        """Typical music queries kept from training, or None."""
        return self._bank(self.music_bank_values, self.music_heads)

    def calibration_of_music(
        self, items: BranchEmbedding, levels: BankLevels | None = None
    ) -> Calibration:
        """For ranking tracks for a video: (N, B), or (1, B) without a bank; levels: if known."""
        calibration = self._calibration(items, self.video_bank, levels)
        offset, scale = calibration.offset.copy(), calibration.scale.copy()
        scale[:, 0] *= self.config.ssl_spread
        if self.video_bank is not None and self.config.label_level:
            offset = self._leave_levels(items, offset)
        for b, branch in enumerate(self.config.branches):
            if branch in self.config.measured:  # the surest stand first: no track has its own
                offset[:, b], scale[:, b] = offset[:, b].mean(), scale[:, b].mean()
        return Calibration(offset, scale)

    def _leave_levels(self, items: BranchEmbedding, offset: Array) -> Array:
        """Take the mean offset of the tracks of each label out of the offsets (N, B)."""
        left = offset.copy()
        for b, facet in enumerate(self.config.facets, start=1):
            prototypes = self.prototypes(facet).T
            near = [(rows @ prototypes).argmax(axis=1) for _, rows in items.blocks(facet)]
            nearest = np.concatenate(near)
            count = np.maximum(np.bincount(nearest), 1)
            level = (np.bincount(nearest, weights=offset[:, b]) / count)[nearest]
            left[:, b] -= self.config.label_level * (level - level.mean())
        return left

    def calibration_of_video(self, items: BranchEmbedding) -> Calibration:
        """For ranking these videos for a track: (N, B), or (1, B) without a bank."""
        return self._calibration(items, self.music_bank)

    def calibration_music_music(
        self, items: BranchEmbedding, levels: BankLevels | None = None
    ) -> Calibration:
        """For ranking these tracks for a reference track: (1, B), one level and spread for all.

        A level of its own would hold back the reference itself, and the tracks most like it.
        """
        each = self._calibration(items, self.music_bank, levels)
        offset, scale = (x.mean(axis=0, keepdims=True) for x in (each.offset, each.scale))
        return Calibration(offset, scale)

    def _calibration(
        self,
        items: BranchEmbedding,
        bank: BranchEmbedding | None,
        levels: BankLevels | None = None,
    ) -> Calibration:
        if bank is not None:
            found = levels or bank_levels(items, bank)
            return found.calibration(self.config.hub_shares, self.config.own_spread)
        return Calibration(
            self.cosine_mean.cpu().numpy()[None], self.cosine_spread.cpu().numpy()[None]
        )

    @torch.no_grad()
    def _bank(self, values: Tensor, heads: FacetHeads) -> BranchEmbedding | None:
        if not len(values):
            return None
        seen = heads(values, None) if self.config.adapted else values
        return BranchEmbedding(seen.cpu().numpy(), self.config.branches)

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
            fit_shares((self.video_tower, self.music_tower), (video, music))
        v = self.embed_prepared(self.video_tower, video)
        m = self.embed_prepared(self.music_tower, music)
        cosines = np.einsum("qbd,nbd->qnb", v.values, m.values)
        self.cosine_mean.copy_(torch.as_tensor(cosines.mean((0, 1))))
        self.cosine_spread.copy_(torch.as_tensor(np.maximum(cosines.std((0, 1)), 1e-4)))
        for facet, weights in label_weights.items():
            total = torch.as_tensor(np.asarray(weights, np.float32).T @ m.branch(facet))
            getattr(self, f"prototypes_{facet}").copy_(unit_rows(total))
        order = np.random.default_rng(seed).permutation(len(v))[:bank]
        device = self.cosine_mean.device
        self.video_bank_values = torch.as_tensor(v.values[order], device=device)
        self.music_bank_values = torch.as_tensor(m.values[order], device=device)

    @property
    def fingerprint(self) -> str:
        """32 hex digits of the configuration and every tensor: equal embeddings, equal name."""
        digest = hashlib.sha256(self.config.identity().encode())
        for name, tensor in sorted(self.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:32]
