"""A pool of samples for the landmark network: drawn once, learnt from often."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from myotome.train.cases.entry import CaseEntry
from myotome.train.levels.draw import draw_head, draw_sample
from myotome.train.levels.pool import save_drawn
from myotome.train.levels.subject import load_subject
from myotome.train.synthesis.order import Order, variant

_HEADS = 0.03
"""Share of the samples that are a head instead, in which no level may be found."""


def render_entry(entry: CaseEntry, order: Order) -> Iterator[Path]:
    """The samples of one case that are not there yet, each from its own seed."""
    done = order.done(entry.title)
    if done == order.variants:
        return
    subject = load_subject(entry)
    for number in range(done, order.variants):
        rng = np.random.default_rng([order.seed, zlib.crc32(entry.title.encode()), number])
        sample = draw_head(rng) if rng.random() < _HEADS else draw_sample(subject, rng)
        yield save_drawn(variant(entry.title, number), sample, order.out)
