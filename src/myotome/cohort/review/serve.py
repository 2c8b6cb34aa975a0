"""The sheet, served on this machine alone.

Only loopback is listened on. Every address begins with the secret of this session, which nobody
else knows and no other page can read; a request must name the host that was listened on, so that a
name bound anew to this machine (DNS rebinding) reaches nothing; and what keeps a word must come
from our own page (Origin). Only what :class:`Session` gives out is given out: no path is joined
from an address.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

from myotome.cohort.review.session import GROUP, LEFT, SCRIPT, Session
from myotome.cohort.review.state import reviewed
from myotome.cohort.review.words import require_name
from myotome.errors import InputError, MyotomeError

LOOPBACK = "127.0.0.1"
MOST_BYTES = 16_384
"""Of one request's body: the longest comment and some room."""
_SECRET_BYTES = 24
_ADDRESS = re.compile(r"/([0-9A-Za-z_-]+)/([0-9A-Za-z_./-]*)")
_PAGE = re.compile(r"page-([1-9][0-9]{0,5})")
_HTML, _JSON = "text/html; charset=utf-8", "application/json"
_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class ReviewServer(ThreadingHTTPServer):
    """Listens on loopback for one session."""

    daemon_threads = True

    def __init__(self, session: Session, port: int) -> None:
        self.session = session
        self.secret = secrets.token_urlsafe(_SECRET_BYTES)
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def address(self) -> str:
        """What the reviewer opens."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.secret}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is nobody's business."""


def server_of(folder: str | Path, reviewer: str, *, port: int = 0) -> ReviewServer:
    """A server that listens already; ``serve_forever`` it. ``port`` 0: any that is free.

    Refuses (InputError) what is no cohort, no name of a reviewer, and a port that is taken.
    """
    require_name(reviewer)
    session = Session(found=reviewed(folder), reviewer=reviewer)
    try:
        return ReviewServer(session, port)
    except (OSError, OverflowError) as error:
        raise InputError(
            "the port cannot be listened on.", mend="Choose another --port, or leave it out."
        ) from error


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Myotome", ""
    timeout = 30
    server: ReviewServer

    def do_GET(self) -> None:
        """A page, a picture, a report."""
        try:
            rest = self._allowed()
            if rest is not None:
                self._give(rest)
        except MyotomeError as error:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain", str(error).encode())

    def do_POST(self) -> None:
        """Keep a word."""
        rest = self._allowed(changing=True)
        if rest is None:
            return
        body = self._body()
        if body is None:
            return
        if rest != "say":
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing to say here.")
            return
        try:
            kept = self.server.session.keep(json.loads(body))
            self._send(HTTPStatus.OK, _JSON, json.dumps(kept).encode())
        except (ValueError, RecursionError):
            self._refuse(HTTPStatus.BAD_REQUEST, "this is no word of a review.")
        except InputError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except MyotomeError as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the address holds the secret."""

    def _allowed(self, *, changing: bool = False) -> str | None:
        """What is asked for, without the secret; None if it was refused already."""
        found = _ADDRESS.fullmatch(self.path)
        host = self.headers.get("Host", "")
        port = self.server.server_port
        if host not in (f"{LOOPBACK}:{port}", f"localhost:{port}"):
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "this host is not served here.")
        elif found is None or not hmac.compare_digest(found[1], self.server.secret):
            self._refuse(
                HTTPStatus.FORBIDDEN,
                "open the address that `myotome cohort review --serve` printed, as a whole.",
            )
        elif changing and self.headers.get("Origin") != f"http://{host}":
            self._refuse(HTTPStatus.FORBIDDEN, "this comes from another page.")
        else:
            return found[2]
        return None

    def _give(self, rest: str) -> None:
        session = self.server.session
        page = _PAGE.fullmatch(rest or "page-1")
        parts = rest.split("/", 2)
        if page:
            self._page(session.page(int(page[1])))
        elif rest == LEFT:
            self._page(session.page(0))
        elif rest == GROUP:
            self._page(session.group())
        elif rest == SCRIPT:
            script = files("myotome.cohort") / "templates" / SCRIPT
            self._send(HTTPStatus.OK, "text/javascript; charset=utf-8", script.read_bytes())
        elif parts[0] == "thumb" and len(parts) == 3:
            made = session.picture(parts[1], parts[2])
            self._bytes(None if made is None else made.data, "image/webp")
        elif parts[0] == "results" and len(parts) == 3:
            kind = _HTML if parts[2].endswith(".html") else "image/png"
            self._bytes(session.file(parts[1], parts[2]), kind)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page.")

    def _page(self, text: str | None) -> None:
        self._bytes(None if text is None else text.encode(), _HTML)

    def _bytes(self, data: bytes | None, kind: str) -> None:
        if data is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page.")
        else:
            self._send(HTTPStatus.OK, kind, data)

    def _body(self) -> bytes | None:
        """The body of a request, no larger than a word; None if it was refused."""
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not length.isdecimal() or len(length) > 9 or "Transfer-Encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "the length of the body is not told.")
        elif int(length) > MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "this is longer than any word.")
        elif kind != _JSON:
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "this is no JSON.")
        else:
            return self.rfile.read(int(length))
        return None

    def _refuse(self, status: HTTPStatus, words: str) -> None:
        """Say why as JSON, and hang up: a body that was not read must not be taken for more."""
        self.close_connection = True
        self._send(status, _JSON, json.dumps({"error": words}).encode())

    def _send(self, status: HTTPStatus, kind: str, data: bytes) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
