"""The folder of a node. Its modes keep other users of the machine out."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from myotome.errors import OutputError
from myotome.write.folder import refusal

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything of a node lies."""

    root: Path

    @property
    def incoming(self) -> Path:
        """Images on their way in; nothing here was answered with success."""
        return self.root / "spool" / "incoming"

    @property
    def images(self) -> Path:
        """Received images, a folder a study."""
        return self.root / "spool" / "studies"

    @property
    def work(self) -> Path:
        """What workers are at; a folder each."""
        return self.root / "work"

    @property
    def salt(self) -> Path:
        """The secret that the keys of studies are made with."""
        return self.root / "salt"

    def results(self, study: str, revision: int) -> Path:
        """The results of one revision of a study."""
        return self.root / "results" / study / f"r{revision:03d}"

    def make(self) -> None:
        """Make the folders, for this user alone. Refuses with OutputError."""
        try:
            for folder in (self.root, self.incoming, self.images, self.work):
                folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
            self.root.chmod(_PRIVATE)
        except OSError as error:
            raise refusal(error) from error


def read_salt(layout: Layout) -> str:
    """The secret of this node, made at its first start. Refuses with OutputError."""
    try:
        if not layout.salt.exists():
            fresh = layout.salt.with_name(f".salt.{secrets.token_hex(4)}")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as stream:
                stream.write(secrets.token_hex(32))
                stream.flush()
                os.fsync(stream.fileno())
            try:
                os.link(fresh, layout.salt)  # refuses where another process was faster
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        salt = layout.salt.read_text().strip()
    except OSError as error:
        raise refusal(error) from error
    if not salt:
        raise OutputError("the salt of the node is empty.", mend="Restore it from a backup.")
    return salt


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
