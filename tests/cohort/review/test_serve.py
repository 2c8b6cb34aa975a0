"""Real requests over real sockets: who may ask, what is given out, what is kept."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from myotome.cohort.review.serve import MOST_BYTES, ReviewServer, server_of
from myotome.cohort.review.session import Session
from myotome.cohort.review.state import reviewed
from myotome.cohort.review.words import said
from myotome.cohort.store.layout import Layout
from myotome.errors import InputError

Make = Callable[..., None]


@pytest.fixture
def folder(layout: Layout, add: Make) -> Layout:
    for name in ("aa01", "aa02"):
        add(name)
        overlays = layout.results(name) / "overlays"
        overlays.mkdir(parents=True)
        (layout.results(name) / "report.html").write_text("<p>report</p>")
        (layout.results(name) / "measurements.json").write_text("{}")
        Image.new("RGB", (64, 48), (10, 20, 30)).save(overlays / "coronal.png")
    layout.private.mkdir()
    layout.salt.write_text("secret salt")
    return layout


@pytest.fixture
def server(folder: Layout) -> Iterator[ReviewServer]:
    made = server_of(folder.root, "ann")
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    thread.join(10)
    made.server_close()


def ask(
    server: ReviewServer,
    path: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    secret: str | None = None,
    **headers: str,
) -> tuple[int, bytes, Any]:
    """Status, body and headers."""
    host = f"127.0.0.1:{server.server_port}"
    link = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    named = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    link.putrequest(
        method, f"/{server.secret if secret is None else secret}/{path}", skip_host=True
    )
    if body is not None:
        named = {"Content-Length": str(len(body)), **named}
    for name, value in named.items():
        if value:
            link.putheader(name, value)
    link.endheaders(body)
    reply = link.getresponse()
    answer = reply.status, reply.read(), reply.headers
    link.close()
    return answer


def say(server: ReviewServer, told: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    sent = {
        "Origin": f"http://127.0.0.1:{server.server_port}",
        "Content_Type": "application/json",
        **headers,
    }
    status, body, _ = ask(server, "say", method="POST", body=json.dumps(told).encode(), **sent)
    return status, json.loads(body)


WORD = {"study": "aa01", "attempt": 1, "verdict": "reject", "comment": "liver"}


def test_a_word_is_kept_and_shown(server: ReviewServer, folder: Layout) -> None:
    status, answer = say(server, WORD)
    assert (status, answer["state"]) == (200, "left out")
    (word,) = said(folder)
    assert (word.study, word.reviewer, word.verdict, word.comment) == (
        "aa01",
        "ann",
        "reject",
        "liver",
    )
    _, page, _ = ask(server, "")
    assert b"left out" in page
    assert server.session.fresh().counts["excluded"] == 1


def test_what_is_not_judged_yet_has_a_page(server: ReviewServer) -> None:
    assert ask(server, "left")[1].count(b"<article") == 2
    say(server, WORD)
    _, page, _ = ask(server, "left")
    assert page.count(b"<article") == 1
    assert b'data-study="aa02"' in page
    say(server, {**WORD, "study": "aa02", "verdict": "comment"})
    assert ask(server, "left")[1].count(b"<article") == 1
    say(server, {**WORD, "study": "aa02", "verdict": "accept"})
    _, page, _ = ask(server, "left")
    assert page.count(b"<article") == 0
    assert b"You have judged every study." in page


def test_another_reviewers_words_are_not_shown(server: ReviewServer, folder: Layout) -> None:
    other = Session(found=reviewed(folder.root), reviewer="bob")
    other.keep({**WORD, "comment": "bobs words"})
    _, page, _ = ask(server, "")
    assert b"bobs words" not in page
    assert b"left out</p>" not in page
    assert server.session.fresh().counts["excluded"] == 1


def test_it_listens_on_loopback_alone(server: ReviewServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 32])
def test_without_the_secret_there_is_nothing(server: ReviewServer, secret: str) -> None:
    for path in ("", "group", "review.js", "results/aa01/report.html"):
        status, body, _ = ask(server, path, secret=secret)
        assert status == 403
        assert b"aa01" not in body


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""]
)
def test_another_host_is_refused(server: ReviewServer, host: str) -> None:
    status, body, _ = ask(server, "", Host=host)
    assert status == 421
    assert b"aa01" not in body


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1"]
)
def test_another_page_cannot_say_anything(
    server: ReviewServer, folder: Layout, origin: str
) -> None:
    assert say(server, WORD, Origin=origin)[0] == 403
    assert said(folder) == ()


@pytest.mark.parametrize(
    "path",
    [
        "../../private/salt",
        "results/../private/salt",
        "results/aa01/../../../private/salt",
        "results/aa01/measurements.json",
        "results/aa01/overlays/../measurements.json",
        "results/aa01/overlays/axial_L3.png",
        "results/zz99/report.html",
        "results/aa01/%2e%2e/%2e%2e/private/salt",
        "results/aa01//etc/passwd",
        "thumb/aa01/../coronal",
        "thumb/aa01/nothing",
        "page-0",
        "page-2",
        "page-99999999999",
        "cohort.json",
    ],
)  # fmt: skip
def test_only_reports_and_pictures_of_studies_are_given_out(
    server: ReviewServer, path: str
) -> None:
    status, body, _ = ask(server, path)
    assert status in (403, 404)
    assert b"salt" not in body


def test_reports_and_pictures_are_given_out(server: ReviewServer) -> None:
    assert ask(server, "results/aa01/report.html")[:2] == (200, b"<p>report</p>")
    assert ask(server, "results/aa01/overlays/coronal.png")[1].startswith(b"\x89PNG")
    status, body, headers = ask(server, "thumb/aa02/coronal")
    assert (status, body[:4], headers["Content-Type"]) == (200, b"RIFF", "image/webp")
    assert ask(server, "group")[0] == 200
    assert ask(server, "review.js")[0] == 200


def test_a_report_that_became_a_link_is_not_given_out(server: ReviewServer, folder: Layout) -> None:
    report = folder.results("aa01") / "report.html"
    report.unlink()
    report.symlink_to(folder.salt)
    status, body, _ = ask(server, "results/aa01/report.html")
    assert status == 404
    assert b"salt" not in body


def test_pages_may_load_and_send_nothing_elsewhere(server: ReviewServer) -> None:
    for path in ("", "group", "results/aa01/report.html"):
        _, _, headers = ask(server, path)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "x",
        {},
        {**WORD, "study": "zz99"},
        {**WORD, "study": ["aa01"]},
        {**WORD, "attempt": 2},
        {**WORD, "attempt": True},
        {**WORD, "attempt": "1"},
        {**WORD, "verdict": "maybe"},
        {**WORD, "comment": "x" * 2001},
        {**WORD, "comment": "\x07"},
        {**WORD, "verdict": "comment", "comment": ""},
    ],
)
def test_what_is_no_word_is_refused(server: ReviewServer, folder: Layout, told: Any) -> None:
    status, answer = say(server, told)
    assert status == 400
    assert answer["error"]
    assert said(folder) == ()


def test_sizes_and_kinds_are_limited(server: ReviewServer, folder: Layout) -> None:
    assert say(server, {**WORD, "comment": "x" * MOST_BYTES})[0] == 413
    assert say(server, WORD, Content_Type="text/plain")[0] == 415
    assert say(server, WORD, Content_Length="")[0] == 411
    assert say(server, WORD, Content_Length="-1")[0] == 411
    assert say(server, WORD, Content_Length="99999999999999999999")[0] == 411
    assert say(server, WORD, Transfer_Encoding="chunked")[0] == 411
    body = b"[" * 5000
    origin = f"http://127.0.0.1:{server.server_port}"
    sent = {"Origin": origin, "Content_Type": "application/json"}
    assert ask(server, "say", method="POST", body=body, **sent)[0] == 400
    assert ask(server, "elsewhere", method="POST", body=b"{}", **sent)[0] == 404
    assert said(folder) == ()


def test_a_refused_body_is_not_taken_for_another_request(
    server: ReviewServer, folder: Layout
) -> None:
    host = f"127.0.0.1:{server.server_port}"
    inner = json.dumps(WORD)
    smuggled = (
        f"POST /{server.secret}/say HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(inner)}\r\n\r\n{inner}"
    )
    head = (
        f"POST /{server.secret}/say HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil\r\n"
        f"Content-Length: {len(smuggled)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as link:
        link.sendall((head + smuggled).encode())
        answer = b""
        while part := link.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 403")
    assert answer.count(b"HTTP/1.1") == 1
    assert said(folder) == ()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb"])
def test_a_reviewer_needs_a_name(folder: Layout, name: str) -> None:
    with pytest.raises(InputError, match="--reviewer NAME"):
        server_of(folder.root, name)


def test_a_taken_port_is_refused(server: ReviewServer, folder: Layout) -> None:
    with pytest.raises(InputError, match="port"):
        server_of(folder.root, "ann", port=server.server_port)


def test_a_browser_reviews_by_keys(server: ReviewServer, folder: Layout, page: Any) -> None:
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(server.address)
    page.keyboard.press("r")
    page.locator(".answer", has_text="Kept: reject").wait_for()
    page.keyboard.press("c")  # of the next study: opens its box
    page.keyboard.type("a <b>word</b>")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.locator(".answer", has_text="Kept: accept").wait_for()
    assert [(one.study, one.verdict, one.comment) for one in said(folder)] == [
        ("aa01", "reject", ""),
        ("aa02", "accept", "a <b>word</b>"),
    ]
    page.reload()
    assert page.locator("article b", has_text="word").count() == 0
    assert page.locator(".state").all_inner_texts() == ["left out", "accepted"]
    pressed = page.locator("[aria-pressed=true]")
    chosen = [button.get_attribute("data-verdict") for button in pressed.all()]
    assert chosen == ["reject", "accept"]
    assert page.evaluate("[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    assert troubles == []


def test_keys_lead_on_to_the_next_page(layout: Layout, add: Make, page: Any) -> None:
    for n in range(27):
        add(f"s{n:02}")
    made = server_of(layout.root, "ann")
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        page.goto(made.address)
        page.locator("[data-study=s24] .verdicts button").first.focus()
        page.keyboard.press("n")
        page.wait_for_url("**/page-2")
        assert page.locator("article").count() == 2
    finally:
        made.shutdown()
        thread.join(10)
        made.server_close()


def test_files_open_in_a_browser(folder: Layout, tmp_path: Path, page: Any) -> None:
    from myotome.cohort.review.sheet import write_review

    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    write_review(folder.root, tmp_path / "out")
    page.goto((tmp_path / "out" / "index.html").as_uri())
    assert page.locator("article").count() == 2
    assert page.evaluate("[...document.images].every((i) => i.naturalWidth > 0)")
    page.get_by_role("link", name="report").first.click()
    assert page.inner_text("p") == "report"
    assert troubles == []
