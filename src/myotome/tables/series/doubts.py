"""What makes one doubt that a series is one whole scan, as it says: one row per rule."""

from __future__ import annotations

from myotome.tables.series.rule import OWN, Rule

DOUBTS: tuple[Rule, ...] = (
    Rule(
        key="unlike",
        fact="unlike_images",
        operator=">",
        value=0,
        verdict="reserve",
        text="has {unlike_images} image(s) unlike the rest",
        source=OWN,
    ),
    Rule(
        key="mixed",
        fact="is_mixed",
        operator="==",
        value=True,
        verdict="note",
        text="varies in {mixed_words} among its images",
        source=OWN,
        flag="images_mixed",
    ),
    Rule(
        key="torn",
        fact="left_out_images",
        operator=">",
        value=0,
        verdict="note",
        text="leaves out {left_out_images} image(s) of the same series that lie elsewhere and "
        "differ in {left_out_words}",
        source=OWN,
        flag="series_torn",
    ),
    Rule(
        key="elsewhere",
        fact="elsewhere_images",
        operator=">",
        value=0,
        verdict="note",
        text="is one scan with {elsewhere_images} image(s) of series {elsewhere_words}",
        source=OWN,
        flag="scan_in_parts",
    ),
)
