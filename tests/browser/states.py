"""The states of the page in the order of somebody's work, for what must hold in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.browser.conftest import Visit, row

State = tuple[str, Callable, Callable | None]  # a name, the way there, and the way back
UNFOLD = """(on) => {
    const fold = document.querySelector(".fold");
    const isOpen = document.querySelector("#vmr").classList.contains("unfolded");
    if (fold.checkVisibility() && isOpen !== on) fold.click();
}"""


def unfold(page, on: bool = True) -> None:
    """What little windows show on request."""
    page.evaluate(UNFOLD, on)


def close(page) -> None:
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def click(selector: str) -> Callable:
    return lambda page: page.click(selector)


def store(**changes) -> Callable:
    return lambda page: page.evaluate("(changes) => vmr.store.set(changes)", changes)


def play_and_ask_where_to_begin(page) -> None:
    page.click(f"{row(1)} .play")
    unfold(page)
    page.click(".start-line [aria-expanded]")
    page.wait_for_selector(".starts-one", timeout=120_000)
    page.evaluate("vmr.stage.player.stop()")


def open_frames(page) -> None:
    page.click(".frames summary")
    page.wait_for_selector(".frame img")


def ask_in_words(page) -> None:
    page.fill("#words", "warm piano, no drums")
    page.keyboard.press("Enter")
    page.wait_for_function("vmr.store.get('payload').words?.length", timeout=60_000)


def without_words(page) -> None:
    page.fill("#words", "")
    page.keyboard.press("Enter")
    page.wait_for_function("!vmr.store.get('payload').words?.length", timeout=60_000)


def menu_of(place: int, key: str) -> Callable:
    """An item of a row's menu, by its text in the page's language."""

    def open_item(page) -> None:
        page.click(f"{row(place)} .more")
        text = page.evaluate(
            "async (key) => (await import(new URL('vmr/core/i18n.js', document.baseURI))).t(key)",
            key,
        )
        page.click(f".menu button:text-is('{text}')")
        page.wait_for_selector("dialog")

    return open_item


def open_cues(page) -> None:
    page.evaluate("document.querySelector('.cues-open').click()")
    page.wait_for_selector(".cue-block", timeout=180_000)
    page.locator(".cue-block").first.click()
    page.wait_for_function("vmr.store.get('cue') && vmr.store.get('current') !== null")


def open_cue_export(page) -> None:
    page.locator(".film-tools button").last.click()
    page.wait_for_selector("dialog .download-go")


def close_cues(page) -> None:
    page.evaluate("vmr.film.close()")


def present(on: bool) -> Callable:
    return lambda page: page.evaluate("(on) => vmr.presentation.set(on)", on)


def open_guide(page) -> None:
    page.evaluate("document.querySelector('.status .guide-open').click()")
    page.wait_for_selector(".guide-text")


def refuse_a_file(page) -> None:
    text = {"name": "no film.mp4", "mimeType": "video/mp4", "buffer": b"no film\n" * 200}
    page.set_input_files("#video-again", files=[text])
    page.wait_for_selector(".error:not([hidden])", timeout=60_000)


def keep_three(page) -> None:
    page.evaluate("vmr.store.get('order').slice(0, 3).forEach((i) => vmr.keep(i))")
    page.click("#tab-shortlist")
    page.wait_for_selector(".short-row >> nth=2")


def project_of(*films: Path) -> Callable:
    """A project with these films beside the one on the page, and one file that is none."""

    def begin(page) -> None:
        page.click("#tab-project")
        page.click(".project-intro .choose")
        page.wait_for_selector(".project-name")
        page.set_input_files("#project-add", [str(film) for film in films])
        count = len(films) + 1
        page.wait_for_function(
            f"document.querySelectorAll('.project-video, .project-waiting').length === {count}"
            " && !document.querySelector('.project-waiting:not([data-state=failed])')",
            timeout=180_000,
        )

    return begin


def fits_all(page) -> None:
    page.evaluate("vmr.late.made.project.head.querySelectorAll('.project-tools button')[1].click()")
    page.wait_for_selector(".fits-all li", timeout=60_000)


def reverse_of(music: Path) -> Callable:
    def open_reverse(page) -> None:
        page.set_input_files("#music-file", str(music))
        page.wait_for_selector(".card", timeout=120_000)

    return open_reverse


def open_label(page) -> None:
    page.click("#tab-label")
    page.wait_for_selector(".label-progress p")


def label_part(place: int, shown: str) -> Callable:
    def open_part(page) -> None:
        page.locator(".label-tools button").nth(place).click()
        page.wait_for_selector(shown)

    return open_part


def open_evidence(page) -> None:
    page.click("#tab-evidence")
    page.wait_for_selector(".map-plot .dot", timeout=60_000)


def escape(page) -> None:
    page.keyboard.press("Escape")


def states(visit: Visit, film: Path, more: tuple[Path, ...], music: Path) -> Iterator[State]:
    """``film`` is matched; ``more`` and it make the project; ``music`` is turned round."""
    yield "empty", lambda page: None, None
    yield "refused on the empty page", refuse_a_file, click(".error .tool")
    yield "answer", lambda page: visit.match(film), None
    yield "unfolded", unfold, None
    yield "best start", play_and_ask_where_to_begin, click(".starts-head .tool")
    yield "frames", open_frames, click(".frames summary")
    yield "free weights", store(triangle=True), store(triangle=False, weights=None)
    yield "folded", lambda page: unfold(page, False), None
    yield "a filter", click("#view-match .filter summary"), escape
    yield "no track passes", store(filters={"mood": ["nothing"]}), store(filters={})
    yield "words", ask_in_words, without_words
    yield "a row's menu", click(f"{row(2)} .more"), escape
    yield "all numbers", menu_of(2, "row.numbers"), close
    yield "MP4", menu_of(2, "row.download"), close
    yield "comparing", store(comparing=True), store(comparing=False)
    yield "presentation", present(True), present(False)
    yield "keys", lambda page: page.keyboard.press("?"), close
    yield "guide", open_guide, close
    yield "refused", refuse_a_file, click(".error .tool")
    yield "cues", open_cues, None
    yield "cue export", open_cue_export, close
    yield "without cues", close_cues, None
    yield "shortlist", keep_three, None
    yield "before a project", click("#tab-project"), None
    yield "project", project_of(*more), None
    yield "one track for all", fits_all, close
    yield "before music", click("#tab-reverse"), None
    yield "reverse", reverse_of(music), None
    yield "label", open_label, None
    yield "look wrong", label_part(1, ".doubts"), None
    yield "teach", label_part(2, ".teach-go button"), None
    yield "evidence", open_evidence, None
