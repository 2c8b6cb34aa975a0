"""The section of what is told over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field

from myotome.errors import InputError
from myotome.service.settings.checks import is_loopback
from myotome.tables.option import asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """``[web]``: health and metrics, on loopback alone, as there are no accounts yet."""

    enabled: bool = field(default=True, metadata=asked("Whether health and metrics are told."))
    host: str = field(default="127.0.0.1", metadata=asked("A loopback address."))
    port: int = field(default=8080, metadata=asked("Port to listen on, 0: any free one.", low=0))

    def __post_init__(self) -> None:
        if not is_loopback(self.host):
            raise InputError(
                "web.host is not a loopback address.",
                why="There are no accounts yet, so anybody in the network could read there.",
                mend="Use 127.0.0.1, and a proxy with a login if others must see it.",
            )
