"""The command that never ends: a node beside the archive."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from myotome.cli.answer import Debug, answering, reply

Config = Annotated[Path, typer.Option("--config", help="The settings: a TOML file.")]


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(serve)


def serve(config: Config, debug: Debug = False) -> None:
    """Receive studies by DICOM, measure them, and send the results to the archive.

    The first line on stdout says where it listens. SIGTERM stops it: running studies are
    given back to the queue.
    """
    with answering(debug):
        _require()
        from myotome.service.node import build
        from myotome.service.settings.read import read_settings
        from myotome.service.web.server import WebServer

        asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.set())
        settings = read_settings(config)
        _log()
        node = build(settings)
        web = WebServer(settings=settings.web, node=node) if settings.web.enabled else None
        try:
            dicom_port = node.start()
            web_port = None if web is None else web.start()
            reply(status="listening", dicom_port=dicom_port, web_port=web_port)
            asked.wait()
        finally:
            if web is not None:
                web.stop()
            node.stop()
        reply(status="ok")


def _require() -> None:
    """Refuse (InputError) where the libraries of the service are not installed."""
    from importlib.util import find_spec

    from myotome.errors import InputError

    needed = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "pynetdicom", "prometheus_client")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise InputError(
            f"the service cannot run: not installed are {', '.join(missing)}.",
            mend="pip install 'myotome[service]'",
        )


def _log() -> None:
    """Our own lines on stderr. Warnings of libraries quote headers, and are not heard."""
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="WARNING")
    logging.getLogger("myotome").setLevel("INFO")
    for name in ("pydicom", "uvicorn.error"):
        logging.getLogger(name).setLevel("CRITICAL")
