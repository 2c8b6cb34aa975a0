"""A results folder appears whole or not at all, and nobody else's files are ever deleted."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from myotome.errors import OutputError
from myotome.tables.outputs.documents import SCHEMA_NAME, UNFINISHED
from myotome.write.contents import ACCOUNTS, foreign, is_clutter

_MOST_NAMED = 3
TABLE_ENDINGS = (".csv", ".parquet")
_OTHER_NAME = "Choose another name."
_OTHER_FOLDER = "Choose another results folder (-o)."
_LONGEST_PATH, _LONGEST_INSIDE, _LONGEST_SHOWN = 4096, 128, 200
"""Bytes: of a path on Linux, of what lies in a results folder, and shown of its name."""
_WORDS = {
    errno.ENOSPC: ("the disk is full.", "Free some space, or choose a folder on another disk."),
    errno.EDQUOT: ("the disk quota is used up.", "Free some space, or choose another disk."),
    errno.EFBIG: (
        "a file would exceed the size limit.",
        "Raise the limit, or choose another disk.",
    ),
    errno.EACCES: ("it may not be written to.", "Choose a folder that you may write to."),
    errno.EPERM: ("it may not be written to.", "Choose a folder that you may write to."),
    errno.EROFS: ("the disk is read-only.", "Choose a folder on a writable disk."),
    errno.ENOTDIR: ("a part of its path is a file.", _OTHER_FOLDER),
    errno.ENAMETOOLONG: ("its name is too long.", "Choose a shorter name."),
}


def refusal(error: OSError) -> OutputError:
    """The :class:`OutputError` for an operating-system error; names no path."""
    said = (error.strerror or "the system refused").rstrip(".")
    cause, mend = _WORDS.get(error.errno or 0, (f"{said}.", _OTHER_FOLDER))
    return OutputError(
        f"The results cannot be written: {cause}",
        why="Nothing that looks finished was left behind.",
        mend=mend,
    )


def check_out_dir(out_dir: Path, *, overwrite: bool = False) -> None:
    """Refuse a results folder that :func:`finished` would refuse; touches nothing.

    Free to use: a path that does not exist, an empty folder, and the accounts (``series.csv``,
    ``files.csv``) of a study that could not be measured. Results of an earlier run only with
    ``overwrite``, and only if nothing else lies among them. Refuses with OutputError.
    """
    try:
        _check(out_dir.resolve(), overwrite)
    except OSError as error:
        raise refusal(error) from error


def check_out_file(
    out: Path, inputs: Iterable[Path] = (), *, overwrite: bool = False, words: str = "table"
) -> None:
    """Refuse a table that cannot be written, before the work is done for it; touches nothing.

    That is: one that is neither CSV nor Parquet, that is there already (unless ``overwrite``) or
    is a folder, that is one of ``inputs``, or for which there is no place. ``words`` are what it
    is called. Refuses with OutputError.
    """
    try:
        _check_file(out, inputs, overwrite, words)
    except OSError as error:
        raise refusal(error) from error


def _check_file(out: Path, inputs: Iterable[Path], overwrite: bool, words: str) -> None:
    target = out.resolve()
    if target.suffix.lower() not in TABLE_ENDINGS:
        raise OutputError(f"The {words} is neither .csv nor .parquet.", mend="Name it so.")
    if any(target == path.resolve() for path in inputs):
        raise OutputError(f"The {words} would replace its own input.", mend=_OTHER_NAME)
    if target.is_dir():
        raise OutputError(f"The {words} would take the place of a folder.", mend=_OTHER_NAME)
    if target.exists() and not overwrite:
        raise OutputError(
            f"The {words} is there already.", mend="Choose another name, or pass --overwrite."
        )
    _require_place(target)


def _check(target: Path, overwrite: bool) -> None:
    try:
        os.lstat(target)
    except FileNotFoundError:
        _require_place(target)
        return
    if not target.is_dir():
        raise OutputError("The results folder is a file.", mend=_OTHER_FOLDER)
    names = {path.name for path in target.iterdir() if not is_clutter(path.name)}
    if not names or (names <= ACCOUNTS and _is_account(target)):
        return
    if not _is_result(target):
        raise OutputError(
            "The results folder exists and holds files that are not Myotome's.",
            why="They are never deleted or mixed with results.",
            mend=_OTHER_FOLDER,
        )
    if not overwrite:
        raise OutputError(
            "The results folder holds the results of an earlier run.",
            mend="Choose another folder (-o), or pass --overwrite.",
        )
    strangers = foreign(target)
    if strangers:
        told = ", ".join(f'"{path}"' for path in strangers[:_MOST_NAMED])
        raise OutputError(
            f"Among the earlier results lie files that Myotome did not write: {told}.",
            why="They would be lost.",
            mend="Move them elsewhere, or choose another folder (-o).",
        )


def _require_place(target: Path) -> None:
    """Refuse (OSError) a place where no folder of that name can be made."""
    if len(os.fsencode(target)) + _LONGEST_INSIDE > _LONGEST_PATH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    above = next(folder for folder in target.parents if folder.exists())
    if not above.is_dir():
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(above, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    for part in target.relative_to(above).parts:
        if len(os.fsencode(part)) > os.pathconf(above, "PC_NAME_MAX"):
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


def hidden(target: Path, ending: str) -> Path:
    """A new hidden name beside ``target``, which shows as much of its name as fits."""
    kept = os.fsencode(target.name)[:_LONGEST_SHOWN].decode("utf-8", "ignore")
    return target.parent / f".{kept}{ending}{secrets.token_hex(4)}"


def _is_result(folder: Path) -> bool:
    try:
        with (folder / "measurements.json").open("rb") as stream:
            document = json.load(stream)
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("schema") == SCHEMA_NAME


def _is_account(folder: Path) -> bool:
    firsts = {"series.csv": b"key,", "files.csv": b"file,"}
    for name, first in firsts.items():
        path = folder / name
        if path.exists():
            with path.open("rb") as stream:
                if stream.read(len(first)) != first:
                    return False
    return True


@contextmanager
def finished(out_dir: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A temporary folder to write into; it becomes ``out_dir`` only if the block succeeds.

    It lies beside ``out_dir`` as ``.NAME.partial-xxxx``. If the block fails in any way, or is
    interrupted, it is removed and ``out_dir`` is as before; if the process is killed, only the
    temporary folder is left. Operating-system errors become :class:`OutputError`.
    """
    temporary: Path | None = None
    try:
        target = out_dir.resolve()
        _check(target, overwrite)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = hidden(target, UNFINISHED)
        temporary.mkdir()
        yield temporary
        _sync(temporary)
        _check(target, overwrite)
        swap(temporary, target)
    except OSError as error:
        raise refusal(error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def swap(temporary: Path, target: Path) -> None:
    """Put ``temporary`` in the place of ``target``, which comes back if that fails."""
    old: Path | None = None
    if target.is_dir():
        old = hidden(target, ".old-")
        target.rename(old)
    try:
        temporary.rename(target)
    except BaseException:
        if old is not None:
            old.rename(target)
        raise
    _sync_one(target.parent)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _sync(folder: Path) -> None:
    for root, _, names in os.walk(folder):
        for name in names:
            _sync_one(Path(root, name))
        _sync_one(Path(root))


def _sync_one(path: Path) -> None:
    """Ask for ``path`` to be on the disk. Folders cannot be synced everywhere: then not."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
