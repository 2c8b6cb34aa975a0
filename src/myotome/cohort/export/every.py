"""Every form of export by its key, and the folder that it is written to."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome import __version__
from myotome.cohort.export import bids, omop, plain, redcap
from myotome.cohort.export.chosen import Chosen, choose
from myotome.cohort.tables.made import Made
from myotome.cohort.tables.wanted import Wanted
from myotome.errors import InputError, OutputError
from myotome.tables.cohort.exports import FORM
from myotome.write.folder import refusal

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

WRITERS: Mapping[str, Callable[[Chosen, Path], dict[str, Any]]] = {
    "csv": plain.write_csv,
    "parquet": plain.write_parquet,
    "redcap": redcap.write,
    "omop": omop.write,
    "bids": bids.write,
}
FORM.known(*WRITERS)


def export(cohort: Cohort, form: str, folder: Path, wanted: Wanted) -> tuple[Made, dict[str, Any]]:
    """Write a cohort in one of the forms of ``tables.cohort.exports`` to a new or empty folder.

    Returns the wide table behind it and what was written. Refuses (InputError) another form and
    words that no number has, (OutputError) a folder that holds something.
    """
    if form not in WRITERS:
        raise InputError(
            f'There is no form of export "{form[:60]}".', mend=f"Choose {', '.join(WRITERS)}."
        )
    _require_free(folder)
    chosen = choose(cohort, wanted)
    with _new_folder(folder) as made_in:
        said = WRITERS[form](chosen, made_in)
        lines = (f"Myotome {__version__}: {FORM[form].words}.", chosen.made.note, *FORM[form].note)
        research = "Research use only; not a medical device."
        text = "\n".join((*lines, research, ""))
        (made_in / "README").write_text(text, encoding="utf-8")
    return chosen.made, said


def _require_free(folder: Path) -> None:
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(
                "The folder for the export is not empty.",
                why="Files of two exports would lie among each other.",
                mend="Name a new or empty folder.",
            )
    except OSError as error:
        raise refusal(error) from error


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside it that takes its name once everything is there."""
    temporary = folder.resolve().with_name(f".{secrets.token_hex(4)}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if folder.exists():
            folder.rmdir()
        temporary.replace(folder.resolve())
    except OSError as error:
        raise refusal(error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
