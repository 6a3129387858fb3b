"""What a model is made of: the configuration that a checkpoint keeps. Nothing heavy is imported."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, NamedTuple

from vmr.embedding import SSL

if TYPE_CHECKING:
    from vmr.search import Fusion

FUSIONS = ("calibrated", "mix")
MAPS, MAP_COLUMNS = 2, 32  # linear maps and columns of each (vmr.model.linear_map)
STATISTIC = re.compile(
    r"(?:(mean|std|change|start|end)|(q)([1-9]\d?)|(swing|parts)([2-9]|[1-9]\d+)|(echo)([1-9]\d*))"
    r"(?::([1-9]\d*))?"
)


class Statistic(NamedTuple):
    """``echo4:3`` is kind echo, number 4, of the first 3 columns; number 0 where there is none,
    columns None for all. What the kinds are stands in vmr.model.pooling.pool."""

    kind: str
    number: int
    columns: int | None


def parse_statistic(name: str) -> Statistic:
    """Raises ValueError for a name that is none."""
    found = STATISTIC.fullmatch(name)
    if not found:
        raise ValueError(f"unknown pooling {name!r}; see vmr.model.pooling.pool")
    *parts, columns = found.groups()
    kind, *number = [part for part in parts if part]
    return Statistic(kind, int(number[0]) if number else 0, int(columns) if columns else None)


@dataclass(frozen=True)
class SideConfig:
    """The fields of ModelConfig that are one side's own, without its name before them."""

    name: str
    dim: int
    pooling: tuple[str, ...]
    window: int
    pca: int
    pca_columns: int
    smooth: int
    course_pca: int
    whole: tuple[str, ...]
    lens: tuple[int, ...]


@dataclass(frozen=True)
class ModelConfig:
    """What a model is made of; written into the checkpoint's header.

    video_dim, music_dim        columns of the encoders' features
    labels                      {facet: names}; one branch per facet beside ``ssl``
    dim, members                columns per member; the embedding has ``width`` columns
    *_pooling                   window statistics, see vmr.model.pooling.pool
    *_window                    rows per window, 0 = the whole clip at once
    *_pca, *_pca_columns        the first pca_columns columns become pca (0 = none; 0 = all columns)
    course, course_dim          positions of the time course (0 = none) and columns of each
    course_share                the time course's part in the cosine of the ssl branch, 0 to 1
    course_margin               what it leaves out at each end, as a share of the length
    *_smooth                    rows that a position averages
    *_course_pca                how many of the projected columns the course keeps (0 = all)
    shared_trunk                one hidden layer for all branches instead of one each
    *_lens                      sizes of a fixed front end (vmr.model.front_end), () = none
    posterior_share             weight of the label posteriors (vmr.model.label_posterior) against
                                the contrastive vector in every facet, in spreads, 0 to 1 (0 = none)
    *_whole                     what they read beside the windows: statistics of the whole clip, of
                                all columns without a projection (vmr.model.pooling.pool)
    label_pull                  how far a known label draws a track to its prototype, 0 to 1
    hub_share, own_spread       the hubness correction, see vmr.search.calibrate_on
    hub_share_ssl               the ssl branch's own hub_share; None: the same as the facets'
    ssl_spread                  the ssl branch's spread counts so many times when tracks are ranked:
                                above 1 the middle of the slider leans to the label
    linear                      whether linear maps (vmr.model.linear_map) stand beside the network
                                in the ssl branch
    linear_share                their part in the cosine, 0 to 1, unless validation pairs decide;
                                the network has the rest
    added                       facets that were added after the training, the last of ``labels``:
                                the towers know nothing of them
    adapted                     facets whose vectors labels and corrections move, the added ones
                                among them (vmr.model.facet_head)
    measured                    added facets whose tracks are measured (vmr.model.measured)
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
    fusion: Fusion = "calibrated"
    posterior_share: float = 0.0
    video_whole: tuple[str, ...] = ("mean",)
    music_whole: tuple[str, ...] = ("mean",)
    label_pull: float = 0.5
    hub_share: float = 0.0
    own_spread: float = 0.0
    hub_share_ssl: float | None = None
    ssl_spread: float = 1.0
    label_level: float = 0.0
    linear: bool = False
    linear_share: float = 1.0
    added: tuple[str, ...] = ()
    adapted: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()

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
        for name in ("added", "adapted", "measured"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.added != tuple(self.labels)[len(self.labels) - len(self.added) :]:
            raise ValueError(f"the facets {self.added} are not the last of {tuple(self.labels)}")
        if not set(self.added) <= set(self.adapted) <= set(self.labels):
            raise ValueError(f"{self.adapted} are not facets of {tuple(self.labels)}")
        if not set(self.measured) <= set(self.added):
            raise ValueError(f"the facets {self.measured} are not among the added {self.added}")
        for name in ("pooling", "lens", "whole"):  # lists where they come from JSON
            for side in ("video", "music"):
                field_name = f"{side}_{name}"
                object.__setattr__(self, field_name, tuple(getattr(self, field_name)))
        for name in ("video_pooling", "music_pooling", "video_whole", "music_whole"):
            for statistic in getattr(self, name):
                try:
                    parse_statistic(statistic)
                except ValueError:
                    raise ValueError(
                        f"{name} has no statistic {statistic!r}; see vmr.model.pooling.pool"
                    ) from None

    def side(self, name: str) -> SideConfig:
        """What is configured for one side: ``video`` or ``music``."""
        own = [field.name for field in fields(SideConfig)][1:]
        return SideConfig(name, **{field: getattr(self, f"{name}_{field}") for field in own})

    @property
    def branches(self) -> tuple[str, ...]:
        """``ssl`` first, then the facets in their order."""
        return (SSL, *self.labels)

    @property
    def hub_shares(self) -> tuple[float, ...]:
        """``hub_share`` of each branch."""
        ssl = self.hub_share if self.hub_share_ssl is None else self.hub_share_ssl
        return (ssl, *(self.hub_share for _ in self.labels))

    @property
    def trained_labels(self) -> dict[str, tuple[str, ...]]:
        """{facet: names} of what the towers were trained on."""
        return {facet: names for facet, names in self.labels.items() if facet not in self.added}

    @property
    def ssl_columns(self) -> int:
        """Columns of a member's ssl vector: the network's, the maps', the time course's."""
        return self.dim + self.linear * MAPS * MAP_COLUMNS + self.course * self.course_dim

    @property
    def width(self) -> int:
        """D, columns of an embedding."""
        labels = self.trained_labels.values()
        posterior = max(map(len, labels)) + 2 if self.has_posteriors else 0
        return self.members * (self.ssl_columns + posterior)

    @property
    def has_posteriors(self) -> bool:
        """Whether label posteriors stand in the vectors."""
        return bool(self.posterior_share and self.trained_labels)

    @property
    def facets(self) -> tuple[str, ...]:
        """Names of the label branches."""
        return tuple(self.labels)

    def to_json(self) -> str:
        """As it stands in the header of a checkpoint; the facets keep their order."""
        return json.dumps(asdict(self))

    def identity(self) -> str:
        """The fields that are not at their defaults, as JSON: a new option changes no old model."""
        defaults = {f.name: f.default for f in fields(self)}
        chosen = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        return json.dumps(chosen, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelConfig:
        """Raises TypeError or ValueError for fields that this version does not know."""
        return cls(**json.loads(text))
