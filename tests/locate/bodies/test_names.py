"""One shift names all bodies; the counts from the sacrum and from the ribs are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.bodies.count import Body
from myotome.locate.bodies.names import name_bodies
from myotome.tables.anatomy.vertebrae import COUNTED

PITCH, HEIGHT = 32.0, 24.0


def _scene(names, *, said=None, sacrum=False, lowest_rib="T12", sure=5.0):
    """Bodies called ``names`` (from below); ``said`` is what the network calls them."""
    base = 40.0
    z = np.arange(0.0, base + PITCH * len(names) + 10, 2.0)
    logits = np.zeros((len(COUNTED), len(z)))
    ribs = np.full((2, len(z)), -5.0)
    bodies = []
    for n, name in enumerate(names):
        low = base + n * PITCH
        bodies.append(Body(inferior_z_mm=low, superior_z_mm=low + HEIGHT, evidence=6.0))
        inside = (z >= low) & (z <= low + HEIGHT)
        word = name if said is None else said[n]
        if word is not None:
            logits[COUNTED.index(word), inside] = sure
        if COUNTED.index(name) <= COUNTED.index(lowest_rib):
            ribs[:, inside] = 5.0
    if sacrum:
        logits[COUNTED.index("S1"), z < base - 4] = 5.0
    return z, bodies, logits, ribs


ALL = ("L5", "L4", "L3", "L2", "L1", "T12", "T11")


def test_all_say_the_same():
    naming = name_bodies(*_scene(ALL, sacrum=True, sure=8.0))
    assert naming.names == ALL
    assert naming.probability > 0.95
    assert (naming.from_sacrum, naming.from_ribs) == (0, 0)
    assert naming.anchored


def test_one_body_mistaken_is_outvoted():
    said = ("L5", "L4", "L4", "L2", "L1", "T12", "T11")
    assert name_bodies(*_scene(ALL, said=said)).names == ALL


def test_two_that_know_name_the_rest():
    said = (None, None, None, None, None, "T12", "T11")
    assert name_bodies(*_scene(ALL, said=said)).names == ALL


@pytest.mark.parametrize(("rib", "off"), [("L1", -1), ("T11", 1)])
def test_ribs_that_count_otherwise_are_told(rib, off):
    """Ribs on L1: by the ribs it is T12, one higher; T12 without ribs: T11 is called T12."""
    naming = name_bodies(*_scene(ALL, sacrum=True, lowest_rib=rib))
    assert naming.names == ALL
    assert naming.from_ribs == off
    assert naming.from_sacrum == 0
    assert not naming.anchored


def test_the_sacrum_that_counts_otherwise_is_told():
    """Six bodies above the sacrum that the network calls L4 to T11: one more than names."""
    z, bodies, logits, ribs = _scene(ALL[1:], sacrum=True)
    naming = name_bodies(z, bodies, logits, ribs)
    assert naming.names == ALL[1:]
    assert naming.from_sacrum == 1


def test_without_anchors_nothing_is_confirmed():
    naming = name_bodies(*_scene(("L4", "L3", "L2")))
    assert (naming.from_sacrum, naming.from_ribs) == (None, None)
    assert not naming.anchored


def test_what_nobody_knows_is_not_sure_and_has_rivals():
    naming = name_bodies(*_scene(("L4", "L3", "L2"), sure=0.3))
    assert naming.probability < 0.5
    assert 0 < naming.one_up + naming.one_down < 1


def test_thirteen_bodies_are_the_most():
    names = COUNTED[::-1]
    assert name_bodies(*_scene(names, lowest_rib="T12")).names == names


def test_bodies_above_t6_do_not_push_the_names_down():
    """A trunk from L2 up to T2: more bodies than names lie above the lowest."""
    known = COUNTED[COUNTED.index("L2") :: -1]
    z, bodies, logits, ribs = _scene((*known, *["T6"] * 4), said=(*known, *["T6"] * 4), sure=8.0)
    naming = name_bodies(z, bodies, logits, ribs)
    assert naming.names == known
    assert naming.probability > 0.9
