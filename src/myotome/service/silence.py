"""pynetdicom's own log and handlers repeat what was sent, and so what names a person."""

from __future__ import annotations

import logging

from pynetdicom import _config


def silence() -> None:
    """Hear nothing of pynetdicom in this process: what matters is told in words of ours."""
    _config.LOG_HANDLER_LEVEL = "none"
    logger = logging.getLogger("pynetdicom")
    logger.handlers.clear()
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
