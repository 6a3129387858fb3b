"""A text as one English line, without what is to be avoided."""

import pytest

from vmr.knowledge.whole_line import whole_line


@pytest.mark.parametrize(
    ("text", "line", "count", "avoided"),
    [
        ("warm piano for a sunset, no drums", "warm piano for a sunset", 3, {"drums": -1}),
        ("no drums or vocals", "", 0, {"drums": -1, "vocals": -1}),
        ("drum-free ambient pads", "ambient pads", 2, {"drum": -1}),
        ("piano -drums", "piano", 1, {"drums": -1}),
        ("not too fast, dreamy", "dreamy", 1, {"fast": -0.5}),
        ("piano without drums and with strings", "piano and with strings", 2, {"drums": -1}),
        ("a song that is not sad but calm", "calm", 1, {"sad": -1}),
        ("music without any vocals please", "", 0, {"vocals": -1}),
        ("glitchy modem sounds", "glitchy modem sounds", 2, {}),  # in no table
        ("120 bpm house", "120 bpm house", 2, {}),
        ("静かなピアノ、ドラムなし", "calm, piano", 2, {"drums": -1}),
        ("暗くない、もっと速く", "fast", 1, {"dark": -1}),
        ("Kenta Cho みたいな速い曲", "Kenta, Cho, fast", 3, {}),
        ("東京タワー", "", 0, {}),
        ("、 ,", "", 0, {}),
        ("", "", 0, {}),
    ],
)
def test_what_is_avoided_stands_apart_and_japanese_is_said_in_english(text, line, count, avoided):
    found = whole_line(text)
    assert (found.text, found.count, dict(found.avoided)) == (line, count, avoided)
    assert bool(found) == bool(line or avoided)
