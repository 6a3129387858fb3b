"""A model with the measured facets beside its own: tempo, and the instruments that are heard.

A track's vector is measured (vmr.model.measured); a picture reads a facet from the tracks that it
meets in the ssl branch, as it reads any added one. No other branch changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vmr.adaptation.grow import grown, heads_of
from vmr.adaptation.tracks import meet
from vmr.embedding import SSL, Array
from vmr.knowledge.instruments import TEMPI, bundled_instruments, offered
from vmr.model.measured import INSTRUMENT, TEMPO, MeasuredTags, MeasuredTempo
from vmr.model.two_tower import Model

STATS = ("stats:tempo", "stats:onset_rate")


def with_measured_facets(
    model: Model,
    columns: Sequence[str],
    features: Sequence[Array],
    bpm: Sequence[float | None],
) -> Model:
    """A copy with those facets that the encoder's columns can tell; features (T, D) and tempo of
    the tracks that pictures meet."""
    place = {name: i for i, name in enumerate(columns)}
    instruments = offered(bundled_instruments())
    if all(name in place for name in STATS):
        tempo = grown(model, TEMPO, TEMPI, measured=True)
        found = tempo.measured[TEMPO]
        assert isinstance(found, MeasuredTempo)
        found.keep(columns=[place[name] for name in STATS])
        model = _meeting(tempo, TEMPO, features, bpm)
    if instruments and all(tag in place for one in instruments for tag in one.tags):
        heard = grown(model, INSTRUMENT, [one.name for one in instruments], measured=True)
        tags = heard.measured[INSTRUMENT]
        assert isinstance(tags, MeasuredTags)
        most = max(len(one.tags) for one in instruments)
        padded = [[*one.tags, *[one.tags[-1]] * (most - len(one.tags))] for one in instruments]
        tags.keep(
            columns=[[place[tag] for tag in row] for row in padded],
            start=[one.start for one in instruments],
            full=[one.full for one in instruments],
        )
        model = _meeting(heard, INSTRUMENT, features, bpm)
    return model


def _meeting(
    model: Model, facet: str, features: Sequence[Array], bpm: Sequence[float | None]
) -> Model:
    """The same model, whose pictures read the facet from these tracks."""
    measured = model.measured[facet]
    assert isinstance(measured, MeasuredTags | MeasuredTempo)
    _, video = heads_of(model, facet)
    scores = measured.scores(features, np.array(bpm, dtype=np.float32))
    meet(video, model.embed_music(features).branch(SSL), scores)
    return model
