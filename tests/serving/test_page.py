"""The chat page in a real Chromium, on a phone and on a desk, against the real server."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.serving.conftest import GOLDEN_ENTRY, Server, make_entry, until

_CHROMIUM = "/usr/bin/chromium"
_OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
SIZES = {"phone": (360, 740), "desk": (1280, 800)}
#: What a resident types who does not know her way around the keyboard.
UNMARKED = "toi quen mat khau vneid roi lam sao"
PATIENCE = 30_000  # milliseconds

Open = Callable[[], Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    if not Path(_CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(params=SIZES, ids=SIZES)
def page(request: pytest.FixtureRequest, chromium: Chromium, server: Server) -> Iterator[Page]:
    """Open the page as a new person; at the end nothing was complained of and nobody else was asked for anything."""
    width, height = SIZES[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN", has_touch=width < 500, is_mobile=width < 500
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    hosts: set[str | None] = set()
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    context.on("request", lambda sent: hosts.add(urlsplit(sent.url).hostname))
    page.goto(server.page)
    expect(page.locator(".assistant")).to_have_count(1, timeout=PATIENCE)
    yield page
    assert_nothing_sticks_out(page)
    context.close()
    assert complaints == []
    assert hosts == {"127.0.0.1"}


def assert_nothing_sticks_out(page: Page) -> None:
    """Nobody has to scroll sideways, and no box is wider than the screen."""
    found = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            const wide = [...document.querySelectorAll("body *:not(.unseen, .unseen *, .skip)")]
                .filter((node) => node.getClientRects().length)
                .filter((node) => node.getBoundingClientRect().right > width + 0.5 || node.getBoundingClientRect().left < -0.5);
            return [document.documentElement.scrollWidth - width, wide.map((node) => node.outerHTML.slice(0, 80))];
        }"""
    )
    assert found == [0, []]


def ask(page: Page, text: str) -> Locator:
    """Type a question, press Enter, and give the reply."""
    replies = page.locator(".assistant")
    count = replies.count()
    page.get_by_label("Câu hỏi của bác").fill(text)
    page.keyboard.press("Enter")
    expect(replies.nth(count)).to_be_visible(timeout=PATIENCE)
    return replies.nth(count)


def tap(page: Page, button: Locator) -> Locator:
    """Tap or click a button in the conversation, and give the reply."""
    replies = page.locator(".assistant")
    count = replies.count()
    width = (page.viewport_size or {"width": 0})["width"]
    button.tap() if width < 500 else button.click()
    expect(replies.nth(count)).to_be_visible(timeout=PATIENCE)
    return replies.nth(count)


def answer_text(server: Server) -> str:
    """First sentence of the golden answer."""
    return str(server.published(GOLDEN_ENTRY).text.answer.split(".")[0])


def test_the_greeting_appears_and_says_what_is_kept(page: Page) -> None:
    greeting = page.locator(".assistant").first

    expect(greeting).to_contain_text("trợ lý dịch vụ công")
    expect(greeting).to_contain_text("180 ngày")
    expect(greeting.locator(".choice")).to_have_count(4)
    assert page.title() == "Trợ lý dịch vụ công"


def test_a_question_without_marks_and_enter_gives_the_answer(page: Page, server: Server) -> None:
    reply = ask(page, UNMARKED)

    expect(reply).to_contain_text(answer_text(server))
    expect(reply).to_contain_text("Kiểm tra ngày")
    expect(page.locator(".resident")).to_contain_text(UNMARKED)
    expect(page.get_by_label("Câu hỏi của bác")).to_have_value("")
    expect(page.locator("#typing")).to_be_empty()


def test_a_numbered_button_works_by_tap_and_by_its_number(page: Page, server: Server) -> None:
    greeting = page.locator(".assistant").first
    expect(greeting.locator(".number")).to_have_text(["1", "2", "3", "4"])
    tapped = tap(page, greeting.get_by_role("button", name="Đăng nhập VNeID"))
    expect(tapped).to_contain_text("VNeID")

    first = ask(page, UNMARKED)
    title = first.locator(".choice").nth(1).locator("span").last.inner_text()
    typed = ask(page, "2")
    expect(page.locator(".resident").last).to_contain_text("2")
    (entry,) = [item for item in server.published(GOLDEN_ENTRY).related if server.published(item).label == title]
    expect(typed).to_contain_text(server.published(entry).text.answer.split(".")[0])


def test_steps_one_by_one(page: Page, server: Server) -> None:
    steps = server.published(GOLDEN_ENTRY).text.steps
    reply = tap(page, ask(page, UNMARKED).get_by_role("button", name="Xem từng bước"))
    expect(reply).to_contain_text(f"Bước 1/{len(steps)}: {steps[0]}")
    reply = tap(page, reply.get_by_role("button", name="Tiếp"))
    expect(reply).to_contain_text(f"Bước 2/{len(steps)}")
    reply = ask(page, "tiep")
    expect(reply).to_contain_text(f"Bước 3/{len(steps)}")
    reply = ask(page, "lặp lại")
    expect(reply).to_contain_text(f"Bước 3/{len(steps)}")
    for number in range(4, len(steps) + 1):
        reply = tap(page, reply.get_by_role("button", name="Tiếp"))
        expect(reply).to_contain_text(f"Bước {number}/{len(steps)}")
    reply = tap(page, reply.get_by_role("button", name="Xong"))
    expect(reply).to_contain_text("xong các bước")


def test_a_thumb_down_asks_why_and_the_reason_arrives(page: Page, server: Server) -> None:
    reply = ask(page, UNMARKED)
    down = reply.get_by_role("button", name="Chưa đúng")
    why = tap(page, down)
    expect(why).to_contain_text("Chưa đúng ở đâu")
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".resident")).to_have_count(1)  # a vote is no message
    thanks = ask(page, "chỗ bấm nói chưa rõ, trang này khác")
    expect(thanks).to_contain_text("ghi lại")

    told = [row for row in server.rows() if row.feedback_text == "chỗ bấm nói chưa rõ, trang này khác"]
    assert told
    assert (told[-1].feedback, told[-1].entry) == ("bad", GOLDEN_ENTRY)


def test_everything_can_be_done_with_the_keyboard(page: Page, server: Server) -> None:
    """Tab from the top: skip link, type size, restart; then the conversation, where Enter and space press."""
    page.locator("body").press("Tab")
    expect(page.get_by_role("link", name="Đến ô nhập câu hỏi")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Câu hỏi của bác")).to_be_focused()
    page.keyboard.type(UNMARKED)
    page.keyboard.press("Enter")
    steps = page.locator(".assistant").nth(1).get_by_role("button", name="Xem từng bước")
    expect(steps).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("Câu hỏi của bác")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if steps.evaluate("node => node === document.activeElement"):
            break
    expect(steps).to_be_focused()
    assert steps.evaluate("node => getComputedStyle(node).outlineStyle") == "solid", "focus can be seen"
    page.keyboard.press("Space")
    expect(page.locator(".assistant").last).to_contain_text("Bước 1/", timeout=PATIENCE)
    page.get_by_role("button", name="A+").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-size", "2")
    assert_nothing_sticks_out(page)


def test_readers_for_the_blind_are_told_what_happens(page: Page) -> None:
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_have_accessible_name("Cuộc trò chuyện")
    for name in ("typing", "connection", "announcer"):
        expect(page.locator(f"#{name}")).to_have_attribute("role", "status")
    reply = ask(page, UNMARKED)
    expect(reply).to_have_accessible_name(re.compile("Trợ lý trả lời"))
    expect(reply.get_by_role("group", name="Câu trả lời này có đúng ý bác không?")).to_be_visible()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a, textarea, img")]
            .filter((node) => node.offsetParent && !(node.innerText || node.getAttribute("alt") !== null || node.labels?.length)).length"""
    )
    assert unnamed == 0
    small = page.locator("button:visible").evaluate_all(
        "nodes => nodes.filter((node) => node.getBoundingClientRect().height < 44).map((node) => node.textContent)"
    )
    assert small == [], "too small for a thumb"


SCRIPT = "<script>alert(1)</script> <img src=x onerror=alert(2)> bấm vào javascript:alert(3)"


def test_markup_is_shown_as_it_was_written(page: Page, server: Server) -> None:
    """In an answer, in its buttons, and in what the resident types (faults.md 35)."""
    variants = (
        "mã cây cầu ngũ sắc là gì", "ma cay cau ngu sac la gi", "cây cầu ngũ sắc", "cay cau ngu sac o dau",
        "xem mã cây cầu ngũ sắc", "ma cua cay cau ngu sac", "cây cầu ngũ sắc mã nào", "hoi ma cay cau ngu sac",
    )  # fmt: skip
    if not any(row.entry == "thu-ma-cau" for row in server.rows()):
        server.publish(make_entry("thu-ma-cau", SCRIPT, variants, steps=(SCRIPT,)))

    def answered() -> bool:
        reply = ask(page, variants[0])
        return SCRIPT in reply.inner_text()

    until(answered, "the entry with markup", 30)
    reply = page.locator(".assistant").filter(has_text="<script>").last
    step = tap(page, reply.get_by_role("button", name="Xem từng bước"))
    expect(step).to_contain_text(SCRIPT)
    ask(page, SCRIPT)
    expect(page.locator(".resident").last).to_contain_text(SCRIPT)

    assert page.locator("#log script, #log img, #log a[href^=javascript]").count() == 0


def test_a_reload_keeps_the_transcript(page: Page) -> None:
    ask(page, UNMARKED)
    expect(page.locator("#typing")).to_be_empty()
    before = page.locator("#log .text").all_inner_texts()
    page.reload()
    expect(page.locator("#log .text")).to_have_count(len(before))
    assert page.locator("#log .text").all_inner_texts() == before
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page.locator("#log")).to_have_attribute("aria-live", "polite")
    ask(page, "quên passcode vneid")
    assert len(page.locator("#log .text").all_inner_texts()) > len(before)


def test_starting_again_clears_the_page(page: Page) -> None:
    ask(page, UNMARKED)
    page.get_by_role("button", name="Bắt đầu lại").click()
    expect(page.locator(".resident")).to_have_count(0)
    expect(page.locator(".assistant")).to_have_count(1, timeout=PATIENCE)


def test_a_photo_is_not_sent_and_the_page_says_why(page: Page, server: Server) -> None:
    """A picture dropped on the page stays on the machine."""
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data) if request.method == "POST" else None)
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["not a picture"], "cccd.jpg", { type: "image/jpeg" }));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.locator(".assistant").nth(1)).to_contain_text("không xem được ảnh", timeout=PATIENCE)
    assert "cccd.jpg" not in "".join(sent)
    assert '"kind":"image"' in "".join(sent)
