"""What a run has to say about its own choices: contrast, series and studies passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from myotome.errors import GeometryError, MyotomeError, NoUsableSeriesError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.study.series import Judged, Series, Verdict
from myotome.read.labels.origin import of_another
from myotome.runtime.config import Configuration
from myotome.segment.backends import LABELS
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.series.rules import RULE


def require_images(series: Series, expected: int | None) -> None:
    """Refuse a series that has not as many images as the user expects (None: any number)."""
    there = series.header.slices
    if expected is None or there == expected:
        return
    raise GeometryError(
        f"series {series.key} has {there} image(s), and {expected} were expected.",
        why="Images are missing, or it is another series.",
        mend="Send the whole series again, or leave out --expect.",
    )


def on_contrast(config: Configuration, header: str, image: str) -> tuple[Flag, ...]:
    """Compare the header's word on contrast with the image's.

    Refuses an image that shows contrast where only unenhanced CT was asked for.
    """
    if config.unenhanced_only and image == "enhanced":
        raise NoUsableSeriesError(
            "the image shows contrast medium in vessels or kidneys.",
            why=f"Only unenhanced CT was asked for; the header says: {header}.",
            mend="Leave out --unenhanced-only to measure it all the same.",
        )
    if "unknown" in (header, image) or header == image:
        return ()
    message = f"The header says {header}, the image looks {image}."
    return (raised(FLAG["contrast_disagreement"], message),)


def on_labels(config: Configuration, series: Series) -> tuple[Flag, ...]:
    """Say that labels which somebody gave tell of another scan, as :func:`of_another` does."""
    key, _, path = config.backend.partition(":")
    insisted = config.series is not None
    return of_another(Path(path), series, insisted=insisted) if key == LABELS else ()


def on_failed(failed: Mapping[str, MyotomeError]) -> tuple[Flag, ...]:
    """Say which better series had to be passed over, and why."""
    return tuple(
        raised(
            FLAG["better_series_failed"],
            f"Series {key} was preferred but could not be measured: {error}",
        )
        for key, error in failed.items()
    )


def on_reasons(judged: Judged) -> tuple[Flag, ...]:
    """Say what the rules of choice held against the series that was measured.

    Of rules that refuse only where the user insisted: elsewhere they did not decide.
    """
    name = f"Series {judged.series.key}"
    rows = ((RULE[r.rule], r.text) for r in judged.reasons if r.rule in RULE)
    return tuple(
        raised(FLAG[rule.flag], f"{name} {text}.")
        for rule, text in rows
        if rule.flag and (rule.verdict != "refused" or judged.verdict is Verdict.REFUSED)
    )


def on_other_studies(judged: Iterable[Judged], chosen: Series) -> tuple[Flag, ...]:
    """Say that usable series of other studies were passed over."""
    usable = {j.series.study_key for j in judged if j.rank is not None}
    others = len(usable - {chosen.study_key, ""})
    if not others:
        return ()
    message = (
        f"The input also holds usable series of {others} other "
        f"{'study' if others == 1 else 'studies'}, which were not measured."
    )
    return (raised(FLAG["other_studies"], message),)
