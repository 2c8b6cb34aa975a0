"""The HTTP server, in a thread of the node."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

import uvicorn

from myotome.errors import InputError
from myotome.service.node import Node
from myotome.service.settings.web import Web
from myotome.service.web.app import make_app

_STOP_S = 5.0
_WAITING = 64


@dataclass(slots=True, kw_only=True)
class WebServer:
    """Tells health and metrics until it is stopped."""

    settings: Web
    node: Node
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None
    _socket: socket.socket | None = field(default=None)

    def start(self) -> int:
        """Begin to listen; returns the port. Refuses (InputError) one that is taken."""
        host = "127.0.0.1" if self.settings.host == "localhost" else self.settings.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, self.settings.port))
            listening.listen(_WAITING)  # who comes before uvicorn is ready waits for it
        except OSError as error:
            listening.close()
            raise InputError(
                "the web server cannot listen at its address.",
                why=f"The system says: {error.strerror or 'no'}.",
                mend="Choose another web.port, or stop what uses it.",
            ) from error
        config = uvicorn.Config(
            make_app(self.node), log_config=None, access_log=False, limit_concurrency=50
        )
        self._server = uvicorn.Server(config)
        self._socket = listening
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, daemon=True
        )
        self._thread.start()
        return int(listening.getsockname()[1])

    def stop(self) -> None:
        """Listen no more."""
        if self._server is None or self._thread is None or self._socket is None:
            return
        self._server.should_exit = True
        self._thread.join(_STOP_S)
        self._socket.close()
