"""How quickly the page answers the slider: a measurement, run by ``pytest -m benchmark``.

Its figures depend on the machine and on what else it does.
"""

from __future__ import annotations

import pytest

from tests.browser.test_match import many_candidates

pytestmark = [pytest.mark.browser, pytest.mark.benchmark]


def test_three_hundred_candidates_are_ranked_again_within_a_frame(matched):
    many_candidates(matched)
    spent = matched.evaluate("""() => {
        const slider = document.querySelector("#alpha");
        const times = [];
        for (let k = 0; k < 60; k++) {
            slider.value = 0.2 + k / 100; // a hand moves it by about a hundredth per event
            const began = performance.now();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            document.querySelector(".rows").getBoundingClientRect(); // the new layout, computed
            times.push(performance.now() - began);
        }
        vmr.store.set({ payload: window.answer });
        return times.sort((a, b) => a - b);
    }""")
    # the lower quartile: what the page itself needs, when nothing else has the processor
    assert spent[len(spent) // 4] < 16, f"{spent[len(spent) // 4]:.1f} ms"


def test_a_drag_over_three_hundred_candidates_keeps_the_frames_coming(matched):
    many_candidates(matched)
    frames = matched.evaluate("""() => new Promise((done) => {
        const slider = document.querySelector("#alpha");
        const gaps = [];
        let last = performance.now();
        const frame = (now) => {
            gaps.push(now - last);
            last = now;
            slider.value = 0.5 + 0.45 * Math.sin(gaps.length / 9);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            if (gaps.length < 90) return requestAnimationFrame(frame);
            vmr.store.set({ payload: window.answer });
            done(gaps.slice(5).sort((a, b) => a - b));
        };
        requestAnimationFrame(frame);
    })""")
    # 16.7 ms on a free machine; here the processor draws, and others use it too
    assert frames[len(frames) // 4] < 34, f"{frames[len(frames) // 4]:.1f} ms"
