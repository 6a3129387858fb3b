"""Projects in a real browser: what was decided about several videos is there for everybody."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.browser.conftest import row, visiting

pytestmark = pytest.mark.browser

SAVED = "document.querySelector('.project-saved')?.textContent === 'All changes are saved'"


def begin(visit) -> str:
    """Begin a project on the page and answer its link."""
    page = visit.page
    page.click("#tab-project")
    page.click(".project-intro .choose")
    page.wait_for_selector(".project-name")
    page.wait_for_function("location.hash.includes('p=')")
    return page.evaluate("`#p=${vmr.store.get('project')}&tab=project`")


def all_saved(page) -> None:
    page.wait_for_function("vmr.bond.project.waiting.length === 0", timeout=30_000)


def names(page) -> list[str]:
    return page.locator(".project-video .title").all_inner_texts()


def fields(page) -> dict:
    return page.evaluate("Object.fromEntries(vmr.bond.project.fields)")


@pytest.fixture(scope="module")
def project(browser, server, short_video, world_video, tmp_path_factory):
    """(visit, link) of a project with two videos, the first with a pick."""
    private = tmp_path_factory.mktemp("other") / "private.mp4"
    private.write_bytes(short_video.read_bytes())
    with visiting(browser, server) as other:  # sends the same bytes under a name of their own
        other.open()
        other.match(private)
    with visiting(browser, server, accept_downloads=True) as visit:
        page = visit.open()
        visit.match(short_video)
        page.click(f"{row(1)} .star")
        link = begin(visit)
        page.set_input_files("#project-add", [str(world_video)])
        page.wait_for_function("document.querySelectorAll('.project-video').length === 2")
        page.wait_for_selector(".project-waiting", state="detached", timeout=60_000)
        all_saved(page)
        yield visit, link
        assert visit.errors == []


def test_a_project_begins_with_what_is_on_the_page_and_takes_further_videos(project):
    visit, _ = project
    page = visit.page
    page.click("#tab-project")
    assert names(page) == ["b.mp4", "world.mp4"]
    assert page.locator(".project-poster img").count() == 2
    assert page.locator(".project-video >> nth=0 >> .state-count").inner_text() == "idea: 1"
    assert page.locator(".project-best li").count() == 6


@pytest.mark.thorough
def test_a_colleague_with_the_link_sees_the_same_and_both_changes_hold(browser, server, project):
    visit, link = project
    with visiting(browser, server) as other:
        theirs, mine = other.open(link), visit.page
        theirs.wait_for_selector(".project-video >> nth=1")
        assert names(theirs) == ["b.mp4", "world.mp4"]
        theirs.fill(".project-note >> nth=0", "no voices, please")
        mine.fill(".project-note >> nth=1", "needs a hit at the end")
        mine.fill(".project-name", "Spring")
        mine.keyboard.press("Enter")
        for page in (mine, theirs):
            page.evaluate("document.activeElement.blur()")
            page.wait_for_function(
                "[...document.querySelectorAll('.project-note')].every((n) => n.value)"
                " && document.querySelector('.project-name').value === 'Spring'",
                timeout=20_000,
            )
        theirs.click("#tab-shortlist")
        assert theirs.locator(".short-row .play:not(:disabled)").count() == 1  # can be heard there
        theirs.select_option(".decision", "approved")
        mine.click("#tab-shortlist")
        mine.wait_for_function(
            "document.querySelector('.decision').value === 'approved'", timeout=20_000
        )
        assert other.errors == []


def test_a_reload_brings_project_video_and_slider_back(project, short_video):
    visit, _ = project
    page = visit.page
    page.click("#tab-project")
    page.click(".project-video >> nth=0 >> .title")
    page.wait_for_function(
        "vmr.store.get('tab') === 'match' && vmr.store.get('phase') === 'results'"
    )
    page.evaluate("vmr.store.set({ alpha: 0.875 })")
    page.wait_for_function("location.hash.includes('a=0.875')")
    all_saved(page)
    page.reload()
    page.wait_for_selector(".row", timeout=30_000)
    assert page.evaluate("vmr.store.get('alpha')") == 0.875
    assert page.evaluate("vmr.store.get('payload').query.name") == "b.mp4"
    page.wait_for_function("vmr.stage.video.videoWidth > 0", timeout=20_000)
    assert page.locator(f"{row(1)} .star").count() == 1
    assert page.locator("#tab-project .badge").inner_text() == "2"


@pytest.mark.thorough
def test_each_video_has_its_own_slider_and_keys_go_from_one_to_the_other(project):
    visit, _ = project
    page = visit.page
    for place, name in ((1, "world.mp4"), (0, "b.mp4")):
        page.click("#tab-project")
        page.click(f".project-video >> nth={place} >> .title")
        page.wait_for_function("(name) => vmr.store.get('payload')?.query.name === name", arg=name)
    page.evaluate("vmr.store.set({ alpha: 0.25, choices: { mood: { calm: 1 } } })")
    page.wait_for_timeout(600)
    all_saved(page)
    page.keyboard.press("]")
    page.wait_for_function("vmr.store.get('payload')?.query.name === 'world.mp4'")
    page.wait_for_function("vmr.store.get('phase') === 'results'")
    assert page.evaluate("[vmr.store.get('alpha'), vmr.store.get('choices')]") == [0.5, {}]
    page.wait_for_function("location.hash.includes(vmr.store.get('payload').query.sha256)")
    page.keyboard.press("[")
    page.wait_for_function("vmr.store.get('payload')?.query.name === 'b.mp4'")
    page.wait_for_function("vmr.store.get('alpha') === 0.25")
    assert page.evaluate("vmr.store.get('choices')") == {"mood": {"calm": 1}}
    page.wait_for_function("location.hash.includes('l.mood=calm')")
    page.go_back()
    page.wait_for_function("vmr.store.get('payload')?.query.name === 'world.mp4'", timeout=20_000)


def test_a_video_that_was_taken_out_comes_back_with_all_that_was_decided(project):
    visit, _ = project
    page = visit.page
    page.click("#tab-project")
    page.wait_for_function(  # what was asked of it is written a moment after it is open
        "[...vmr.bond.project.fields.keys()].some((key) => key.endsWith('/asked/alpha'))"
    )
    all_saved(page)
    before = fields(page)
    page.click(".project-video >> nth=0 >> .remove")
    page.wait_for_function("document.querySelectorAll('.project-video').length === 1")
    all_saved(page)
    assert page.locator("#tab-shortlist .badge").count() == 0
    page.click(".undo .link")
    page.wait_for_function("document.querySelectorAll('.project-video').length === 2")
    assert fields(page) == before
    assert page.locator("#tab-shortlist .badge").inner_text() == "1"


def test_one_track_for_all_videos_is_kept_for_each(project):
    visit, _ = project
    page = visit.page
    page.click("#tab-project")
    page.click("text=One track for all")
    page.wait_for_selector(".fits-all li", timeout=30_000)
    kept = page.evaluate("vmr.store.get('shortlist').map(({ title }) => title)")
    titles = page.locator(".fits-all .title").all_inner_texts()
    place = next(i for i, title in enumerate(titles) if title not in kept)
    title = titles[place]
    page.click(f".fits-all li >> nth={place} >> .choose")
    page.keyboard.press("Escape")
    all_saved(page)
    page.click("#tab-shortlist")
    rows = page.locator(".short-row", has_text=title)
    assert sorted(rows.locator(".short-video").all_inner_texts()) == ["for b.mp4", "for world.mp4"]
    rows.first.locator(".remove").click()
    rows.first.locator(".remove").click()
    all_saved(page)


def saved(page, button: str) -> str:
    with page.expect_download() as download:
        page.click(button)
    return download.value.path().read_text(encoding="utf-8-sig")


def test_a_project_leaves_as_a_table_and_as_a_file_that_opens_again(
    browser, server, project, tmp_path
):
    visit, _ = project
    page = visit.page
    page.click("#tab-project")
    page.fill(".project-note >> nth=0", "=1+1")
    all_saved(page)
    table = list(csv.DictReader(io.StringIO(saved(page, "text=Table (CSV)"), newline="")))
    assert [line["video"] for line in table] == ["b.mp4", "world.mp4"]
    assert table[0]["notes"] == "'=1+1" and table[0]["decision"] and table[1]["decision"] == ""
    file = tmp_path / "project.json"
    file.write_text(saved(page, "text=Save as a file"), encoding="utf-8")
    mine = json.loads(file.read_text(encoding="utf-8"))["fields"]
    with visiting(browser, server) as other:
        theirs = other.open("#tab=project")
        theirs.wait_for_selector(".project-intro .choose")
        theirs.set_input_files("#project-import", str(file))
        theirs.wait_for_selector(".project-video >> nth=1")
        assert fields(theirs) == mine
        theirs.click(".project-video >> nth=1 >> .title")
        theirs.wait_for_selector(".panel .warning:not([hidden])")
        warning = theirs.locator("#view-project .warning").inner_text()
        assert "Send the video again" in warning  # videos stay where they were sent


def test_a_link_to_no_project_says_so(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open(f"#p={'x' * 22}&tab=project")
        page.wait_for_selector(".error:not([hidden])")
        assert "not on the server" in page.locator(".error").inner_text()
        assert page.locator(".project-intro .choose").count() == 1


@pytest.mark.thorough
def test_several_dropped_videos_become_a_project(browser, server, short_video, tmp_path):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.evaluate("""async () => {
            const files = new DataTransfer();
            for (const name of ["one.mp4", "two.mp4"]) {
                files.items.add(new File(["no film"], name, { type: "video/mp4" }));
            }
            dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
        }""")
        page.click("text=All of them, in a project")
        page.wait_for_selector(".project-waiting[data-state=failed] >> nth=1", timeout=30_000)
        said = page.locator(".project-waiting .soft").all_inner_texts()
        assert all("mp4" in text for text in said) and len(said) == 2  # each says why
        page.click(".project-waiting >> nth=0 >> .remove")
        assert page.locator(".project-waiting").count() == 1
