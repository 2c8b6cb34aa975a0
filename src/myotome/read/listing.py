"""What an input holds, before anything is measured: every file, every series, every verdict."""

from __future__ import annotations

from pathlib import Path

from myotome.nouns.study.pseudonym import PUBLIC_SALT
from myotome.nouns.study.series import Catalogue, Judged
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge
from myotome.read.input.files import Source, opened


def listed(
    source: Source, *, threads: int = 2, salt: str = PUBLIC_SALT, join: bool = False
) -> tuple[Catalogue, tuple[Judged, ...]]:
    """Every series of an open input with its verdict; ``salt`` is that of its keys.

    ``join`` puts together what several series hold of one scan.
    """
    found = catalogue(source, threads=threads, salt=salt, join=join)
    return found, judge(found)


def list_series(
    path: str | Path, *, threads: int = 2, join: bool = False
) -> tuple[Catalogue, tuple[Judged, ...]]:
    """Every file and every series of the input with its verdict; nothing is measured."""
    with opened(Path(path)) as source:
        return listed(source, threads=threads, join=join)
