"""What a person met on the page and should not meet again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import row, running_app, visiting
from tests.media_files import X264, ffmpeg
from tests.variants import variants
from vmr.planning.first_page import free_port

DROP = """(files) => {
    const data = new DataTransfer();
    for (const [name, type] of files) data.items.add(new File(["x"], name, { type }));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        window.dispatchEvent(new DragEvent(kind, { dataTransfer: data, cancelable: true }));
    }
}"""


def film(folder: Path, name: str, scene: str) -> Path:
    ffmpeg("-f", "lavfi", "-i", scene, "-t", "6", *X264, str(folder / name))
    return folder / name


@pytest.fixture(scope="module")
def tall(tmp_path_factory) -> Path:
    """A film that stands, as phones make them."""
    folder = tmp_path_factory.mktemp("tall")
    return film(folder, "tall.mp4", "testsrc2=duration=6:size=180x320:rate=25")


@pytest.fixture(scope="module")
def dark_start(tmp_path_factory) -> Path:
    """Two seconds of black, then a picture."""
    folder = tmp_path_factory.mktemp("dark")
    scene = "testsrc2=duration=6:size=320x180:rate=25,fade=in:st=1.5:d=0.5:color=black"
    return film(folder, "dark.mp4", scene)


SHOWN = """() => {
    const { video, frame } = vmr.stage;
    return { fit: getComputedStyle(video).objectFit, tall: video.clientHeight,
        frame: frame.clientHeight, wide: video.clientWidth, across: frame.clientWidth };
}"""


@pytest.mark.parametrize("size", variants([((1366, 768),), ((390, 844),), ((844, 390),)]))
def test_a_film_that_stands_is_shown_whole(browser, server, tall, size):
    viewport = {"width": size[0], "height": size[1]}
    with visiting(browser, server, viewport=viewport) as visit:
        page = visit.open()
        visit.match(tall)
        for presenting in (False, True):
            page.evaluate("(on) => vmr.presentation.set(on)", presenting)
            shown = page.evaluate(SHOWN)
            assert shown["fit"] == "contain"
            assert (shown["tall"], shown["wide"]) == (shown["frame"], shown["across"])


@pytest.mark.thorough
def test_length_and_picture_are_there_before_it_plays(browser, server, dark_start, short_video):
    with visiting(browser, server) as visit:
        page = visit.open()
        visit.match(short_video)
        assert page.locator(".film-time").first.inner_text().endswith("0:05")
        assert page.locator(".film-name").first.inner_text() == short_video.name
        visit.match(dark_start)
        page.wait_for_function("vmr.stage.video.poster.startsWith('data:image/jpeg')")
        assert page.locator(".film-time").first.inner_text() == "0:00 / 0:06"


def test_the_progress_of_a_reference_leaves_the_rows_free(matched):
    matched.evaluate("vmr.beside.begin('match')")
    bar = matched.locator(".controls .progress").bounding_box()
    first = matched.locator(row(1)).bounding_box()
    assert bar["y"] + bar["height"] <= first["y"]
    assert not matched.locator(".body > .progress").is_visible()
    matched.evaluate("vmr.beside.end()")


def test_space_plays_in_the_presentation(matched):
    matched.click(".present-button")
    matched.wait_for_selector(".presenting")
    matched.keyboard.press("Space")
    matched.wait_for_function("vmr.store.get('playing')")
    assert matched.evaluate("vmr.presentation.on")
    matched.keyboard.press("Space")
    assert matched.evaluate("vmr.presentation.on && !vmr.store.get('playing')")


def test_like_this_does_not_propose_the_track_itself(matched):
    title = matched.locator(f"{row(3)} .title").inner_text()
    matched.click(f"{row(3)} .more")
    matched.click(".menu button:has-text('More like this')")
    matched.wait_for_selector(".reference:visible")
    assert matched.locator(f'{row(1)} .title:text-is("{title}")').count() == 0
    assert matched.evaluate("vmr.store.get('order').length") > 5
    matched.click(".reference button")
    matched.wait_for_selector(".reference", state="hidden")


def test_that_no_track_passes_is_said_where_the_filters_are(matched):
    matched.evaluate("vmr.store.set({ filters: { mood: ['nothing'] } })")
    said = matched.locator(".nothing").bounding_box()
    filters = matched.locator(".filters").first.bounding_box()
    assert 0 <= said["y"] - filters["y"] - filters["height"] < 20


@pytest.mark.thorough
def test_the_names_beside_the_slider_are_free_of_it(browser, server, short_video):
    for width, height in ((1024, 768), (844, 390)):
        viewport = {"width": width, "height": height}
        with visiting(browser, server, viewport=viewport) as visit:
            page = visit.open()
            visit.match(short_video)
            slider = page.locator("#alpha").bounding_box()
            for note in page.locator(".slider-end .end-note").all():
                edge = note.bounding_box()
                left, right = edge["x"], edge["x"] + edge["width"]
                assert right <= slider["x"] + 1 or left >= slider["x"] + slider["width"] - 1
            whole = "nodes => nodes.every((node) => node.scrollWidth <= node.clientWidth)"
            if width == 1024:  # a projector's: the number at the end of a title tells tracks apart
                assert page.locator(".row .title").evaluate_all(whole)


@pytest.mark.thorough
def test_at_200_percent_the_rows_have_the_window(browser, server, short_video):
    viewport = {"width": 683, "height": 384}
    with visiting(browser, server, viewport=viewport) as visit:
        page = visit.open()
        visit.match(short_video)
        page.click(f"{row(4)} .play")
        page.wait_for_function("vmr.store.get('playing')")
        assert page.locator("#view-match .list-scroll").bounding_box()["height"] > 250


@pytest.mark.thorough
def test_a_phone_shows_all_that_a_desk_shows_one_tap_away(browser, server, short_video):
    viewport = {"width": 390, "height": 844}
    with visiting(browser, server, viewport=viewport) as visit:
        page = visit.open()
        visit.match(short_video)
        page.click(f"{row(1)} .play")
        assert page.locator("label[for=video-again]").is_visible()
        page.click(".fold")
        for part in (".facts", ".why", ".bump", ".start-line", ".volume span"):
            assert page.locator(f"#view-match {part}").first.is_visible(), part
        edge = page.locator("#tab-evidence").bounding_box()
        assert edge["x"] + edge["width"] <= 390


def test_of_several_dropped_files_one_is_chosen(matched):
    matched.evaluate(DROP, [["a.mp4", "video/mp4"], ["b.mp4", "video/mp4"]])
    dialog = matched.locator("dialog")
    assert "2" in dialog.locator("h2").inner_text()
    answers = ["All of them, in a project", "a.mp4", "b.mp4"]
    assert dialog.locator(".ask button").all_inner_texts() == answers
    matched.keyboard.press("Escape")
    matched.wait_for_selector("dialog", state="detached")
    assert matched.evaluate("vmr.store.get('phase')") == "results"


def test_dropped_music_is_asked_about(matched):
    matched.evaluate(DROP, [["song.mp3", "audio/mpeg"]])
    assert "song.mp3" in matched.locator("dialog h2").inner_text()
    assert matched.locator("dialog .ask button").count() == 2
    assert matched.evaluate("vmr.store.get('tab')") == "match"
    matched.keyboard.press("Escape")
    matched.wait_for_selector("dialog", state="detached")


def test_a_track_is_heard_to_its_end_beside_a_short_film(matched):
    matched.click(f"{row(1)} .play")
    matched.wait_for_function("vmr.stage.video.currentTime > 0.2")
    matched.click(".whole")
    matched.wait_for_function("vmr.stage.video.paused && !vmr.stage.player.deck.audio.paused")
    matched.evaluate("vmr.stage.player.deck.audio.currentTime = 20")
    matched.wait_for_function("vmr.stage.player.deck.audio.currentTime > 20.3")
    matched.click(".whole")
    matched.wait_for_function("!vmr.stage.video.paused && Math.abs(vmr.stage.player.drift) < 0.06")


def test_the_first_row_plays_along_where_that_is_wanted(matched):
    matched.click("text=Play the first")
    matched.click(f"{row(2)} .play")
    matched.locator("#alpha").press("End")
    matched.wait_for_function("vmr.store.get('current') === vmr.store.get('order')[0]")
    matched.click("text=Play the first")


def test_a_row_names_length_and_key_and_each_star_its_track(matched):
    assert ":" in matched.locator(f"{row(1)} .length-key").inner_text()
    title = matched.locator(f"{row(1)} .title").inner_text()
    assert title in matched.locator(f"{row(1)} .star").get_attribute("aria-label")
    meters = matched.locator('.facts [role="meter"]')
    assert meters.count() > 2 and meters.first.get_attribute("aria-valuenow") is not None
    assert matched.locator("main").count() == 1


def test_the_keys_are_told_on_a_question_mark(matched):
    matched.keyboard.press("?")
    assert matched.locator("dialog kbd").count() > 5
    matched.keyboard.press("Escape")
    matched.wait_for_selector("dialog", state="detached")


LINES = """(selector) => {
    const text = document.querySelector(selector).firstChild, range = document.createRange();
    const lines = new Map();
    for (let i = 0; i < text.length; i++) {
        range.setStart(text, i);
        range.setEnd(text, i + 1);
        const top = Math.round(range.getBoundingClientRect().top);
        lines.set(top, (lines.get(top) ?? "") + text.data[i]);
    }
    return [...lines.values()];
}"""


@pytest.mark.thorough
def test_a_japanese_headline_breaks_between_words(browser, server):
    with visiting(browser, server, locale="ja-JP", viewport={"width": 390, "height": 844}) as visit:
        lines = visit.open().evaluate(LINES, ".hero h2")
        assert len(lines) > 1
        for word in ("動画を", "ドロップ", "合う\u2060音楽が", "聴こえる"):
            assert any(word in line for line in lines), (word, lines)


@pytest.mark.thorough
def test_a_very_large_screen_is_used(browser, server, short_video):
    with visiting(browser, server, viewport={"width": 3840, "height": 2160}) as visit:
        page = visit.open()
        visit.match(short_video)
        rows = page.locator("#view-match .list-scroll").bounding_box()
        stage = page.locator(".stage").first.bounding_box()
        assert rows["width"] + stage["width"] > 0.9 * 3840
        size = "(node) => parseFloat(getComputedStyle(node).fontSize)"
        assert page.locator(f"{row(1)} .title").evaluate(size) > 20


@pytest.mark.thorough
def test_the_server_goes_and_comes_back_and_the_row_plays_on(browser, short_video):
    port = free_port()
    with visiting(browser, f"http://127.0.0.1:{port}/") as visit:
        with running_app(port=port):
            page = visit.open()
            visit.match(short_video)
            order = page.evaluate("vmr.ranking.tracks.map((track) => track.id)")
        page.click(f"{row(2)} .play")
        page.wait_for_selector(".notice:has-text('does not answer')")
        assert not page.evaluate("vmr.store.get('playing')")
        with running_app(port=port):
            page.wait_for_function("vmr.stage.player.deck.audio.currentTime > 0.3", timeout=90_000)
            assert page.evaluate("vmr.ranking.tracks.map((track) => track.id)") == order
            assert page.locator(".notice").first.is_hidden()


def test_a_video_is_sent_again_when_the_server_is_back_and_back_leads_to_the_empty_page(
    browser, short_video
):
    port = free_port()
    with visiting(browser, f"http://127.0.0.1:{port}/") as visit:
        with running_app(port=port):
            page = visit.open()
        page.set_input_files("#video-file", str(short_video))
        page.wait_for_selector(".error:has-text('does not answer')")
        with running_app(port=port):
            page.click(".error button:has-text('Try again')")
            page.wait_for_selector(".status button:has-text('Copy a link')", timeout=60_000)
            page.wait_for_function("location.hash.startsWith('#q=')")
            page.go_back()
            page.wait_for_selector("#video-file", state="attached")
            page.wait_for_function("vmr.store.get('phase') === 'empty'")
            assert page.locator(".status button:has-text('Copy a link')").count() == 0
            page.go_forward()
            page.wait_for_function("vmr.store.get('phase') === 'results'")
            page.set_input_files("#video-again", str(short_video))
            page.wait_for_function("vmr.store.get('video')?.file", timeout=60_000)
        page.fill("#words", "slow piano")
        page.keyboard.press("Enter")
        page.wait_for_selector(".error:has-text('does not answer')")
        with running_app(port=port):  # which has not seen the video
            page.click(".error button:has-text('Try again')")
            page.wait_for_function("vmr.store.get('payload').words?.length", timeout=60_000)
            assert page.locator(".error").first.is_hidden()
        assert visit.errors == []


def test_what_a_licence_asks_for_is_found_and_said(matched):
    def choose(text: str) -> None:
        matched.click(f".filter[open] .filter-option:has-text('{text}')")

    def count() -> int:
        return matched.evaluate("vmr.store.get('order').length")

    matched.locator(".filter summary", has_text="Licence").click()
    choose("no attribution needed")
    assert count() == 28  # the bundled tracks, whose package asks for no name
    choose("no attribution needed")
    matched.evaluate("vmr.store.set({ silent: true })")
    choose("commercial use allowed")
    bound = matched.locator(".filter-note")
    assert "under the GPL" in bound.inner_text() and int(bound.inner_text().split()[0]) > 100
    asked = matched.evaluate("vmr.ranking.tracks.map(({ asks }) => asks)")
    gpl = next(i for i in matched.evaluate("vmr.store.get('order')") if "gpl" in asked[i])
    matched.evaluate("(i) => vmr.list.reveal(i)", gpl)
    words = "(i) => vmr.list.rowOf(i)?.node.querySelector('.licence').textContent"
    matched.wait_for_function(words, arg=gpl)
    assert matched.evaluate(words, gpl).endswith("GPL for all")
    choose("no share alike, no GPL")
    assert bound.is_hidden()
    left = matched.evaluate("vmr.store.get('order')")
    assert left and not {"gpl", "share_alike"} & {key for i in left for key in asked[i]}


@pytest.mark.thorough
def test_the_page_and_search_rank_the_same_tracks_with_and_without_sound(
    matched, server, world_video
):
    from gradio_client import Client, handle_file

    client = Client(server, verbose=False)
    for silent in (False, True):
        matched.evaluate("(silent) => vmr.store.set({ alpha: 0.3, silent })", silent)
        shown = matched.evaluate(
            "vmr.store.get('order').map((i) => vmr.ranking.tracks[i]).map(({ id }) => id)"
        )
        asked = (0.3, "mood", 400, "", None, "", 1, silent)
        hits = client.predict(handle_file(world_video), *asked, api_name="/search")
        assert [hit["id"] for hit in hits] == shown
    switch = matched.locator(".filters button", has_text="without sound")
    assert "--with-silent" in switch.get_attribute("title")


KEPT = "JSON.parse(localStorage.getItem('vmr-films'))[0]"
SHOWN_FILM = "vmr.stage.video.getAttribute('src')"


def reloaded(page):
    page.wait_for_timeout(400)  # the address follows the page a moment later
    page.reload()
    page.wait_for_selector(".row", timeout=30_000)
    return page


@pytest.mark.thorough
def test_a_reload_brings_the_video_back_while_it_is_kept_and_then_says_so(
    browser, server, short_video
):
    with visiting(browser, server) as visit:
        page = visit.open()
        visit.match(short_video)
        page.evaluate("vmr.store.set({ alpha: 0.25 })")
        reloaded(page)
        film = page.evaluate(SHOWN_FILM)
        assert film.startswith("vmr-media/")
        page.wait_for_function("Math.abs(vmr.stage.video.duration - 5) < 0.5")
        page.locator(f"{row(1)} .play").click()
        page.wait_for_function("vmr.stage.video.currentTime > 0.1 && !vmr.stage.video.paused")
        assert page.locator(".lost").is_hidden()
        assert page.locator("details.frames").is_visible()
        tab = visit.context.new_page()
        tab.goto(page.url)
        tab.wait_for_selector(".row", timeout=30_000)
        assert tab.evaluate(SHOWN_FILM) == film and tab.locator(".lost").is_hidden()
        tab.close()
        path = Path(page.evaluate(f"{KEPT}.remote.path"))
        assert film not in page.url and str(path.parent) not in page.content()
        with visiting(browser, server) as other:  # who is given the link sees no picture
            guest = other.open(f"#{page.url.split('#')[1]}")
            guest.wait_for_selector(".row", timeout=30_000)
            assert guest.evaluate(SHOWN_FILM) is None and guest.locator(".lost").is_visible()
        page.evaluate("vmr.store.set({ choices: { mood: { calm: 1 } } })")
        path.unlink()  # as the server does after its time
        reloaded(page)
        assert "not" in page.locator(".lost p").inner_text()
        assert page.evaluate(SHOWN_FILM) is None
        page.set_input_files("#video-lost", str(short_video))
        page.wait_for_selector(".lost", state="hidden")
        page.wait_for_function(
            "vmr.stage.video.duration > 4 && vmr.store.get('phase') === 'results'"
        )
        assert page.evaluate("vmr.store.get('choices').mood.calm") == 1
        assert page.evaluate("vmr.store.get('alpha')") == 0.25
        assert visit.errors == []


@pytest.mark.thorough
def test_a_reload_brings_a_sample_back(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.locator(".hero .sample").first.click()
        page.wait_for_selector(".row", timeout=60_000)
        before = page.evaluate(SHOWN_FILM)
        reloaded(page)
        assert page.evaluate(SHOWN_FILM) == before and page.locator(".lost").is_hidden()
        assert page.evaluate("vmr.store.get('video').sample.key")
        with visiting(browser, server) as other:  # a sample is everybody's
            guest = other.open(f"#{page.url.split('#')[1]}")
            guest.wait_for_selector(".row", timeout=30_000)
            assert guest.evaluate(SHOWN_FILM) == before and guest.locator(".lost").is_hidden()
