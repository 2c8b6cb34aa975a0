"""The commands for less than a study: one picked slice, or a region mask with HU windows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from myotome.cli.answer import Debug, ResultsFolder, SeriesKey, answering, narrate, reply
from myotome.cli.options import measuring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myotome.assess.person.record import Record
    from myotome.nouns.numbers.hu_counts import Beside, Counted
    from myotome.runtime.config import Configuration
    from myotome.study import Outcome

_TOLD = ("total", "skeletal_muscle", "intermuscular_fat", "subcutaneous_fat", "visceral_fat")
_NAME = re.compile(r"\s*(\d{1,5})\s*=\s*([\w .()+-]{1,60})\s*")

Slice = Annotated[Path, typer.Argument(help="DICOM file or folder, or NIfTI.")]
LevelName = Annotated[str, typer.Option(help="The vertebra that it shows, T5 to L5.")]
Index = Annotated[
    int | None, typer.Option("--slice", help="Of several, counted from 0 at the feet.")
]
ZPlace = Annotated[float | None, typer.Option(help="Of several, by patient z in mm.")]
Labels = Annotated[Path | None, typer.Option(help="Your mask: NIfTI, NRRD, DICOM SEG or RTSTRUCT.")]
Meaning = Annotated[
    str | None,
    typer.Option(help="What the mask's values mean: a name, a file, or compartments."),
]
Ct = Annotated[Path, typer.Argument(help="DICOM folder or file, or NIfTI.")]
RegionMask = Annotated[Path, typer.Argument(help="NIfTI, NRRD, DICOM SEG or RTSTRUCT.")]
Windows = Annotated[
    list[str] | None,
    typer.Option(help="muscle, visceral_fat ... or LOW:HIGH in HU. Repeatable."),
]
Names = Annotated[list[str] | None, typer.Option(help="VALUE=NAME of a region. Repeatable.")]
Against = Annotated[Path | None, typer.Option(help="Results folder of Myotome, to compare with.")]
TableFile = Annotated[Path | None, typer.Option("-o", "--out", help="The table: .csv or .parquet.")]
Replace = Annotated[bool, typer.Option(help="Replace an earlier table.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(name="slice")(slice_)
    app.command()(threshold)


@measuring("series", "network", "visceral_window", "threads", "overwrite")
def slice_(
    path: Slice,
    out: ResultsFolder = Path("myotome-results"),
    level: LevelName = "L3",
    index: Index = None,
    z_mm: ZPlace = None,
    labels: Labels = None,
    mapping: Meaning = None,
    *,
    config: Configuration,
    record: Record,
) -> None:
    """Measure one axial slice that you picked; volumes and masses are not measurable."""
    from myotome.errors import InputError
    from myotome.paths.one_slice import Pick, run_picked

    if labels is not None and config.network is not None:
        raise InputError("A mask and a network exclude each other.", mend="Give one of them.")
    chosen = Pick(level=level.upper(), index=index, z_mm=z_mm, labels=labels, mapping=mapping)
    outcome = run_picked(path, chosen, config=config, out=out, record=record, listen=narrate)
    said = _picked(outcome, chosen.level)
    for name, value in said["area_cm2"].items():
        shown = "not measurable" if value is None else f"{value:8.2f} cm2"
        typer.echo(f"{said['level']}  {name:20} {shown}", err=True)
    reply(status="ok", **{**outcome.summary(), **said})


def threshold(
    ct: Ct,
    mask: RegionMask,
    window: Windows = None,
    name: Names = None,
    mapping: Meaning = None,
    against: Against = None,
    series: SeriesKey = None,
    out: TableFile = None,
    overwrite: Replace = False,
    debug: Debug = False,
) -> None:
    """Count HU windows inside your own regions, as classic morphometry software does."""
    with answering(debug):
        from myotome.measure.threshold import CLASSIC
        from myotome.paths.hu_windows import Request, count_regions
        from myotome.write.folder import check_out_file

        if out is not None:
            check_out_file(out, (ct, mask), overwrite=overwrite)
        request = Request(
            windows=tuple(window or CLASSIC),
            mapping=mapping,
            names=_names(name or []),
            series=series,
            against=against,
        )
        reply(status="ok", **_counted(count_regions(ct, mask, request), out))


def _counted(counted: Counted, out: Path | None) -> dict[str, Any]:
    """Save the table if it is wanted, tell people, and what to answer."""
    from myotome.write.data.hu_windows import save, table_of

    table = table_of(counted)
    if out is not None:
        save(table, out)
    for line in _lines(counted):
        typer.echo(line, err=True)
    columns = [column for column, _ in table.columns]
    return {
        "rows": [dict(zip(columns, row, strict=True)) for row in table.rows],
        "labels_outside": counted.lost,
        "same_input": counted.same_input,
        "flags": sorted({flag.code for flag in counted.flags}),
        "out": None if out is None else str(out),
    }


def _picked(outcome: Outcome, level: str) -> dict[str, Any]:
    """The pick and its main areas."""
    best = outcome.best
    areas = {
        m.structure: None if m.value is None else round(m.value, 3)
        for m in best.measurements
        if (m.quantity, m.side, m.level) == ("area", "both", level) and m.structure in _TOLD
    }
    z = best.landmarks.levels[level].mid_z_mm
    return {"level": level, "z_mm": z, "area_cm2": areas}


def _names(given: list[str]) -> Mapping[int, str]:
    from myotome.errors import InputError

    names: dict[int, str] = {}
    for words in given:
        found = _NAME.fullmatch(words)
        if found is None or int(found[1]) in names:
            raise InputError(
                "a region's name is not VALUE=NAME, or its value is named twice.",
                mend="For example --name 1=skeletal_muscle --name 2=subcutaneous_fat.",
            )
        names[int(found[1])] = found[2].strip()
    return names


def _lines(counted: Counted) -> list[str]:
    """One line per number, side by side with Myotome's where they were compared."""
    lines = []
    for row in counted.rows:
        where = "all slices" if row.z_mm is None else f"z={row.z_mm:.1f} mm"
        size = f"{row.volume_ml:9.2f} ml " if row.z_mm is None else f"{row.area_cm2:9.2f} cm2"
        hu = "" if row.mean_hu is None else f"  {row.mean_hu:7.1f} HU"
        what = f"{row.region:24} {row.window:18} {row.low_hu:5}..{row.high_hu:<4}"
        lines.append(f"{what} {where:14} {size}{hu}")
    lines += _beside(counted.besides)
    lines += [flag.message for flag in counted.flags]
    if counted.same_input is False:
        lines.append("The results were measured on other files than this CT: check that.")
    if counted.lost:
        lines.append(f"{counted.lost} labelled voxels lie outside the CT and were not counted.")
    return lines


def _beside(found: tuple[Beside, ...]) -> list[str]:
    """The compared rows, and why a region has none."""
    if not found:
        return []
    lines, compared = (
        ["", "beside Myotome"],
        {f.row.region for f in found if f.area_cm2 is not None},
    )
    for one in found:
        row = one.row
        what = f"{row.region:24} {row.window:18} z={row.z_mm:.1f} mm {row.area_cm2:9.2f} cm2"
        if one.area_cm2 is not None:
            percent = one.difference_percent
            share = "" if percent is None else f" ({percent:+.1f} %)"
            theirs = f"{one.structure} {one.area_cm2:.2f} cm2 [{one.definition}]"
            lines.append(f"{what}  {theirs}  {one.difference_cm2:+.2f} cm2{share}")
        elif row.region not in compared:
            lines.append(f"{what}  not compared: {one.reason}")
    return lines
