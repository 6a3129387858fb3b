"""What is fetched first: genres and moods before more of the same, for the fewest bytes."""

from collections import Counter

from vmr.catalogs.fetch_order import PER_GENRE, PER_MOOD, in_fetching_order
from vmr.catalogs.recipe import Package, Recipe, Source, read_recipe
from vmr.catalogs.tracks_table import Track, read_tracks
from vmr.config import CATALOGS


def package(name: str, size: int, *ids: str) -> Package:
    return Package(name, "1", size, None, tuple(Source(id, id, "", 0, 1) for id in ids))


def labels_of(track: Track) -> list[tuple[str, str]]:
    return [("genre", name) for name in track.genre] + [("mood", name) for name in track.mood]


def test_what_adds_most_for_its_bytes_comes_first_and_what_adds_nothing_last():
    tracks = [
        *(Track(id=f"same{i}", title="", mood=("happy",)) for i in range(5)),
        Track(id="calm", title="", mood=("calm",), genre=("folk",)),
        Track(id="dear", title="", mood=("sad",)),
    ]
    recipe = Recipe(
        "r",
        (
            package("dear", 900, "dear"),
            package("same", 100, *(f"same{i}" for i in range(5)), "nowhere in the table"),
            package("calm", 50, "calm"),
        ),
    )
    order = in_fetching_order(recipe, tracks)
    assert order[:5] == ["calm", "same0", "same1", "same2", "dear"]  # three happy ones are enough
    assert order[5:] == ["same3", "same4", "nowhere in the table"]


def test_forty_games_tracks_cover_what_there_is():
    """The recipe's own order brought 31 of one artist, none calm, and 25 of 76 wishes."""
    recipe = read_recipe(CATALOGS / "games" / "recipe.toml")
    tracks = {track.id: track for track in read_tracks(CATALOGS / "games" / "tracks.csv")}
    order = in_fetching_order(recipe, tracks.values())
    assert sorted(order) == sorted(tracks)
    first = [tracks[id] for id in order[:40]]
    assert Counter(track.artist for track in first).most_common(1)[0][1] < 10
    brought = Counter(label for track in first for label in labels_of(track))
    wished = {label for track in tracks.values() for label in labels_of(track)}
    assert all(brought[facet, name] for facet, name in wished if facet == "mood")
    assert brought["mood", "calm"] >= PER_MOOD
    most = {"genre": PER_GENRE, "mood": PER_MOOD}
    assert sum(min(brought[facet, name], most[facet]) for facet, name in wished) >= 60
    used = set(order[:40])
    size = sum(p.size_bytes for p in recipe.packages if used & {s.id for s in p.sources})
    assert size < 450e6
