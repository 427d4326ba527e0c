"""How messages reach the server: once, in order, from whom they are, and in any shape without harm."""

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from faq.tables import event
from tests.serving.conftest import (
    GOLDEN,
    GOLDEN_ENTRY,
    PATIENCE,
    Browser,
    Server,
    assert_ledger,
    assert_not_kept,
    until,
)

#: Planted personal data that no content holds; each must be nowhere afterwards.
PLANTED = (
    "079203004417", "079 203 004 417", "0903714255", "0903 714 255", "+84903714255", "quynhhoa.thu@gmail.com",
    "19033217745018", "Đặng Quỳnh Hoa", "0971885523",
)  # fmt: skip
#: A word of nobody, to find text where none belongs.
SENTINEL = "lamxamlungtung"


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [task.result() for task in [pool.submit(call) for call in calls]]


def test_one_event_is_answered_once(server: Server, browser: Browser) -> None:
    """Five times in parallel and once again later (faults.md 15)."""
    event_id = str(uuid4())
    answers = at_once([lambda: browser.post(GOLDEN, event_id)] * 5)
    browser.answer_to(event_id)
    again = browser.post(GOLDEN, event_id.upper())
    browser.poll(wait=1)

    assert [answer.status_code for answer in [*answers, again]] == [202] * 6
    assert len(server.rows(event_id)) == 1
    assert len([reply for reply in browser.replies if reply["to"] == event_id]) == len(server.parts(event_id)) <= 2
    assert_ledger(server)


def test_one_persons_order_is_kept_and_another_does_not_wait(
    server: Server, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Browser(server)
    ids = [str(uuid4()) for _ in range(10)]
    calls: list[Callable[[], Any]] = [lambda name=name: browser.post(GOLDEN, name) for name in ids]
    other_id = str(uuid4())
    at_once([*calls[:5], lambda: other.post(GOLDEN, other_id), *calls[5:]])
    for name in ids:
        browser.answer_to(name)
    other.answer_to(other_id)

    rows = server.rows(*ids)
    assert [row.outcome for row in rows] == ["answered"] * 10
    replied = [row.replied_at for row in rows]
    assert replied == sorted(replied)
    heard = list(dict.fromkeys(reply["to"] for reply in browser.replies))
    assert heard == [row.event_id for row in rows]
    waits = [(row.replied_at - row.received_at).total_seconds() for row in rows]
    (row,) = server.rows(other_id)
    waited = (row.replied_at - row.received_at).total_seconds()
    with capsys.disabled():
        print(f"\nten at once: {min(waits):.2f} to {max(waits):.2f} s; another person meanwhile: {waited:.2f} s")
    assert waited <= max(waits)
    assert_ledger(server)


def test_messages_sent_one_after_the_other_are_answered_in_that_order(server: Server, browser: Browser) -> None:
    ids = [
        browser.send(text) for text in ("đăng ký khai sinh cho con cần giấy tờ gì", "hết bao nhiêu tiền", "làm ở đâu")
    ]
    for name in ids:
        browser.answer_to(name)

    rows = [server.row(name) for name in ids]
    assert [(row.entry, row.aspect) for row in rows] == [
        ("khai-sinh", "papers"),
        ("khai-sinh", "fee"),
        ("khai-sinh", "where"),
    ]


@pytest.mark.parametrize("pause", [0, 0.002, 0.02])
def test_a_client_that_hangs_up_and_sends_again_is_answered_once(
    server: Server, browser: Browser, pause: float
) -> None:
    """Without an answer nothing was promised, so the page sends again, with the same id."""
    event_id = str(uuid4())
    body = json.dumps({"id": event_id, "text": GOLDEN}).encode()
    head = (
        f"POST /webhooks/web/messages HTTP/1.1\r\nHost: x\r\nCookie: troly={browser.session.cookies['troly']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as line:
        line.sendall(head.encode() + body)
        time.sleep(pause)
    assert browser.post(GOLDEN, event_id).status_code == 202

    assert browser.answer_to(event_id)
    assert server.row(event_id).entry == GOLDEN_ENTRY
    assert len(server.rows(event_id)) == 1


# ---- shapes ----


def body(**fields: Any) -> bytes:
    return json.dumps({"id": str(uuid4()), "text": "cho hỏi", **fields}).encode()


BROKEN = {
    "empty": (b"", 400),
    "object": (b"{}", 400),
    "list": (b"[]", 400),
    "null": (b"null", 400),
    "number": (b"7", 400),
    "not_json": (b"xin ch\xc3\xa0o", 400),
    "half_json": (b'{"id": "', 400),
    "bad_utf8": (b'{"id": "6b0f8a52-3f0e-4c8b-9a55-0d6c7f1f2e11", "text": "\xff\xfe"}', 400),
    "nan": (b'{"id": NaN, "text": NaN}', 400),
    "deep": (b"[" * 100_000, 400),
    "deep_closed": (b"[" * 100_000 + b"]" * 100_000, 400),
    "deep_inside": (body()[:-1] + b', "x": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}", (202, 400)),
    "huge_number": (b'{"id": ' + b"9" * 100_000 + b"}", 400),
    "no_id": (b'{"text": "x"}', 400),
    "text_is_a_number": (body(text=7), 400),
    "text_is_an_object": (body(text={"a": 1}), 400),
    "payload_is_text": (body(payload="entry"), 400),
    "kind_is_ours": (body(kind="late"), 400),
    "300_kB": (body(text="a" * 300_000), 413),
    "2_MB": (body(text="a" * 2_000_000), 413),
}  # fmt: skip


@pytest.mark.parametrize(("data", "status"), BROKEN.values(), ids=BROKEN)
def test_a_broken_body_is_refused_politely(server: Server, browser: Browser, data: bytes, status: Any) -> None:
    before = len(server.rows())
    try:
        answer = browser.session.post(f"{server.page}messages", data=data, timeout=PATIENCE)
    except requests.ConnectionError:  # hung up in the middle of a body that is far too large
        assert len(data) > 1_000_000
        return

    assert answer.status_code in (status if isinstance(status, tuple) else (status,))
    if len(data) < 500_000 and answer.status_code != 202:
        assert answer.json()["error"]
    assert len(server.rows()) == before + (answer.status_code == 202)


def test_large_bodies_are_not_taken_into_memory(server: Server, browser: Browser) -> None:
    """A promise of 100 MB, and a stream without a length (faults.md 29); others are answered meanwhile."""
    status = f"/proc/{server.children()['rasa']}/status"

    def memory() -> int:
        with open(status) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    browser.say(GOLDEN)
    before = memory()
    cookie = f"Cookie: troly={browser.session.cookies['troly']}"
    for size in ("Content-Length: 100000000", "Transfer-Encoding: chunked"):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as line:
            line.sendall(f"POST /webhooks/web/messages HTTP/1.1\r\nHost: x\r\n{cookie}\r\n{size}\r\n\r\n".encode())
            answer = b""
            try:
                for _ in range(100):
                    line.sendall((b"100000\r\n" if "chunked" in size else b"") + b"a" * 0x100000)
                    time.sleep(0.005)
                answer = line.recv(100)
            except OSError:
                pass  # refused in the middle: what we want
            assert not answer or b" 413 " in answer
    assert memory() - before < 50_000  # kB
    assert browser.say(GOLDEN)[1].outcome == "answered"


ODD = {
    "1001_characters": ("ơ" * 1001, "unsupported", "too_long"),
    "100000_characters": ("quên mật khẩu " * 7000, "unsupported", "too_long"),
    "one_long_word": ("a" * 100_000, "unsupported", "too_long"),
    "nfd": ("to\u0302i que\u0302n ma\u0323\u0302t kha\u0302\u0309u vneid ro\u0302\u0300i la\u0300m sao", "answered", None),
    "zero_width": ("tôi\u200b quên\ufeff mật\u00ad khẩu\u200d vneid\u2060 rồi làm sao", "answered", None),
    "no_break_spaces": ("tôi\u00a0quên\u00a0mật\u00a0khẩu\u00a0vneid\u00a0rồi\u00a0làm\u00a0sao", "answered", None),
    "full_width": ("tôi quên mật khẩu ｖｎｅｉｄ rồi làm sao", "answered", None),
    "shouted": ("TÔI QUÊN MẬT KHẨU VNEID RỒI LÀM SAO", "answered", None),
    "slash_before": ("/tôi quên mật khẩu vneid rồi làm sao", "answered", None),
    "lone_surrogate": ("tôi quên mật khẩu vneid rồi làm sao \ud83d", "answered", None),
    "nul_and_controls": ("tôi quên mật khẩu vneid\x00\x07\x1b[31m rồi làm sao", ..., ...),
    "restart": ("/restart", ..., ...),
    "session_start": ("/session_start", ..., ...),
    "full_width_restart": ("／restart", ..., ...),
    "intent": ('/faq{"entry":"x"}', ..., ...),
    "our_intent": ('/confirm{"entry":"x"}', ..., ...),
    "sql": ("'; DROP TABLE message; --", ..., ...),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outcome", "reason"), ODD.values(), ids=ODD)
def test_odd_texts_are_understood_or_refused_politely(browser: Browser, text: str, outcome: Any, reason: Any) -> None:
    reply, row = browser.say(text)

    assert outcome is ... or row.outcome == outcome
    assert reason is ... or row.reason == reason
    assert outcome != "answered" or row.entry == GOLDEN_ENTRY
    assert not row.outcome.startswith("error_")
    assert reply["text"]
    assert len(row.text) <= 1000
    assert "\x00" not in row.text


FORGED = {
    "confirm": {"command": "confirm"},
    "restart": {"command": "restart"},
    "unknown_entry": {"entry": "khong-co-muc-nay", "aspect": ""},
    "odd_aspect": {"entry": "khai-sinh", "aspect": "../../etc/passwd"},
    "far_step": {"entry": GOLDEN_ENTRY, "aspect": "", "step": 10**30},
    "negative_step": {"entry": GOLDEN_ENTRY, "aspect": "", "step": -5},
    "foreign_reply": {"feedback": "bad", "reply": 1},
    "huge_reply": {"feedback": "bad", "reply": 10**30},
    "nested": {"entry": {"$ne": ""}, "command": ["handoff"]},
    "empty": {},
}


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED)
def test_forged_payloads_change_nothing_of_anybody(server: Server, browser: Browser, payload: dict[str, Any]) -> None:
    others = Browser(server)
    _, answered = others.say(GOLDEN)
    reply, row = browser.say("", payload=payload)

    assert row.outcome in ("unsupported", "answered", "feedback_bad")
    assert reply["text"]
    (unchanged,) = server.rows(answered.event_id)
    assert (unchanged.text, unchanged.feedback) == (GOLDEN, None)


def test_no_conversation_was_restarted(server: Server) -> None:
    """After all the commands above: one session a person, and no restart (faults.md 33)."""
    with server.engine.connect() as connection:
        kept = connection.execute(select(event.c.sender, event.c.body)).all()
    kinds = [(row.sender, json.loads(row.body)["event"]) for row in kept]
    starts = [sender for sender, kind in kinds if kind == "session_started"]

    assert "restart" not in {kind for _, kind in kinds}
    assert len(starts) == len(set(starts)) > 10
    assert_ledger(server)


# ---- who is who ----


def test_nobody_is_known_without_the_cookie(server: Server) -> None:
    message = {"id": str(uuid4()), "text": GOLDEN}
    for cookies in ({}, {"troly": ""}, {"troly": "kurz"}):
        posted = requests.post(f"{server.page}messages", json=message, cookies=cookies, timeout=PATIENCE)
        polled = requests.get(f"{server.page}replies?after=0&wait=0", cookies=cookies, timeout=PATIENCE)
        assert (posted.status_code, polled.status_code) == (401, 401)
        assert posted.json()["error"]
    assert server.rows(message["id"]) == []


@pytest.mark.parametrize(
    "cookie", [b"troly=" + b"\xff" * 40, b'troly="' + b"\\377" * 40 + b'"', b"troly=" + b"a" * 4000]
)
def test_an_odd_cookie_is_no_fault(server: Server, cookie: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as line:
        line.sendall(
            b"GET /webhooks/web/replies HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: " + cookie + b"\r\n\r\n"
        )
        status = int(line.recv(4096).split()[1])

    assert status in (200, 401)


def test_the_cookie_is_made_for_one_browser_and_hidden_from_scripts(server: Server) -> None:
    plain = requests.get(server.page, timeout=PATIENCE).headers["Set-Cookie"]
    behind_nginx = requests.get(server.page, headers={"X-Forwarded-Proto": "https"}, timeout=PATIENCE).headers[
        "Set-Cookie"
    ]
    other = requests.get(server.page, timeout=PATIENCE).headers["Set-Cookie"]

    assert plain.split(";")[0] != other.split(";")[0]
    assert len(plain.split(";")[0]) > 40
    for needed in ("HttpOnly", "SameSite=Lax", "Path=/webhooks/web"):
        assert needed in plain
    assert "Secure" in behind_nginx


def test_a_cookie_that_does_not_count_is_replaced(server: Server) -> None:
    """Else the page, which reloads itself on 401, would never come in again."""
    answer = requests.get(server.page, cookies={"troly": "kurz"}, timeout=PATIENCE)

    assert len(answer.cookies["troly"]) >= 32


def test_a_second_browser_never_sees_the_first_ones_replies(server: Server, browser: Browser) -> None:
    other = Browser(server)
    browser.say(GOLDEN)
    browser.say("số điện thoại của tôi là 0971885523, quên passcode vneid")

    for after in (0, 1, 10**15):
        news = other.session.get(f"{server.page}replies?after={after}&wait=0", timeout=PATIENCE).json()
        assert news["replies"] == []
        assert news["typing"] is False
    _, row = other.say(GOLDEN)
    assert {reply["to"] for reply in other.replies} == {row.event_id}


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=1e9", "after=" + "9" * 5000, "wait=x", "after=١", "%ff=%ff"]
)
def test_odd_questions_for_replies_are_no_fault(server: Server, browser: Browser, query: str) -> None:
    answer = browser.session.get(f"{server.page}replies?{query}", timeout=PATIENCE)

    assert answer.status_code == 200
    assert answer.json()["replies"] == []


# ---- flood ----


def test_a_flood_is_slowed_and_says_so(server: Server, browser: Browser) -> None:
    """Twenty a minute are taken; the rest learns when to come again, and others are not touched (faults.md 48)."""
    answers = at_once([lambda: browser.post("xin chào")] * 30)
    taken = [answer for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert len(taken) + len(refused) == 30
    assert len(taken) == 20
    assert {answer.headers["Retry-After"] for answer in refused} == {"60"}
    assert all("chờ" in answer.json()["error"] for answer in refused)
    assert Browser(server).say(GOLDEN)[1].outcome == "answered"
    assert_ledger(server)


# ---- personal data ----


def test_personal_data_is_kept_nowhere(server: Server, browser: Browser) -> None:
    """Planted in texts, payloads and ids, then searched for in all bytes under the server's folder (faults.md 49)."""
    texts = [
        f"số cccd của tôi là {PLANTED[0]}", f"căn cước {PLANTED[1]} bị mờ thì làm lại ở đâu",
        f"gọi lại cho tôi {PLANTED[2]}", f"sđt {PLANTED[3]} quên mật khẩu vneid", f"zalo {PLANTED[4]}",
        f"gửi kết quả vào {PLANTED[5]} giúp tôi", f"chuyển tiền vào stk {PLANTED[6]} vietcombank có đúng không",
        f"tôi tên là {PLANTED[7]}, đăng ký tạm trú ở đâu", f"/restart {PLANTED[2]}",
        f"quên mật khẩu {PLANTED[2]} " + "rất dài " * 200,
    ]  # fmt: skip
    payloads = [
        {"entry": PLANTED[2], "aspect": PLANTED[0]}, {"phone": PLANTED[2], "name": PLANTED[7]},
        {"feedback": PLANTED[5], "reply": int(PLANTED[2])}, {"step": int(PLANTED[0]), "entry": "khai-sinh"},
    ]  # fmt: skip
    ids = [browser.send(text) for text in texts] + [browser.send("", payload=payload) for payload in payloads]
    ids.append(browser.send(f"{PLANTED[8]}", kind="sticker"))
    for name in ids:
        browser.answer_to(name)
    refused = browser.post(f"tôi tên là {PLANTED[7]}", PLANTED[2])
    assert refused.status_code == 400
    assert server.row(ids[3]).text == "sđt [số điện thoại] quên mật khẩu vneid"

    assert_ledger(server, PLANTED)


def test_no_log_line_holds_what_anybody_wrote(server: Server, browser: Browser) -> None:
    written = [f"{SENTINEL} quên mật khẩu vneid", f"/{SENTINEL}", f"gặp người thật {SENTINEL}", f"{SENTINEL} " * 300]
    for text in written:
        browser.say(text)
    browser.post(SENTINEL, payload=SENTINEL)
    logs = [server.folder / "serve.log", *(server.folder / "log").iterdir()]
    until(lambda: all(path.exists() for path in logs), "logs")

    for path in logs:
        said = path.read_text("utf-8")
        assert SENTINEL not in said
        assert GOLDEN not in said
        assert "Traceback" not in said, f"{path} holds a traceback"
        assert browser.session.cookies["troly"] not in said


def test_the_browsers_cookie_is_not_kept(server: Server, browser: Browser) -> None:
    browser.say(GOLDEN)

    assert_not_kept(server, [browser.session.cookies["troly"]])
