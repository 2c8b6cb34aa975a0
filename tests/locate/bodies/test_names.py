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


def named(z, bodies, logits, ribs, organs=None):
    naming = name_bodies(z, bodies, logits, ribs, organs or {})
    assert naming is not None
    return naming


ALL = ("L5", "L4", "L3", "L2", "L1", "T12", "T11")


def test_all_say_the_same():
    naming = named(*_scene(ALL, sacrum=True, sure=8.0))
    assert naming.names == ALL
    assert naming.probability > 0.95
    assert (naming.from_sacrum, naming.from_ribs) == (0, 0)


def test_one_body_mistaken_is_outvoted():
    said = ("L5", "L4", "L4", "L2", "L1", "T12", "T11")
    assert named(*_scene(ALL, said=said)).names == ALL


def test_two_that_know_name_the_rest():
    said = (None, None, None, None, None, "T12", "T11")
    assert named(*_scene(ALL, said=said)).names == ALL


@pytest.mark.parametrize(("rib", "off"), [("L1", -1), ("T11", 1)])
def test_ribs_that_count_otherwise_are_told(rib, off):
    """Ribs on L1: by the ribs it is T12, one higher; T12 without ribs: T11 is called T12."""
    naming = named(*_scene(ALL, sacrum=True, lowest_rib=rib))
    assert naming.names == ALL
    assert naming.from_ribs == off
    assert naming.from_sacrum == 0


def test_the_sacrum_that_counts_otherwise_is_told():
    """Six bodies above the sacrum that the network calls L4 to T11: one more than names."""
    z, bodies, logits, ribs = _scene(ALL[1:], sacrum=True)
    naming = named(z, bodies, logits, ribs)
    assert naming.names == ALL[1:]
    assert naming.from_sacrum == 1


def test_without_anchors_nothing_is_confirmed():
    naming = named(*_scene(("L4", "L3", "L2")))
    assert (naming.from_sacrum, naming.from_ribs) == (None, None)


def test_what_nobody_knows_is_not_sure_and_has_rivals():
    naming = named(*_scene(("L4", "L3", "L2"), sure=0.3))
    assert naming.probability < 0.5
    assert 0 < naming.one_up + naming.one_down < 1


def test_thirteen_bodies_are_the_most():
    names = COUNTED[::-1]
    assert named(*_scene(names, lowest_rib="T12")).names == names


def test_bodies_above_t6_do_not_push_the_names_down():
    """A trunk from L2 up to T2: more bodies than names lie above the lowest."""
    known = COUNTED[COUNTED.index("L2") :: -1]
    z, bodies, logits, ribs = _scene((*known, *["T6"] * 4), said=(*known, *["T6"] * 4), sure=8.0)
    naming = named(z, bodies, logits, ribs)
    assert naming.names == known
    assert naming.probability > 0.9


@pytest.mark.parametrize("segments", [1, 2, 3])
def test_segments_of_the_sacrum_do_not_push_the_names_up(segments):
    """S1 and what lies below it are all called sacrum; only the highest is S1."""
    names = ("S1",) * segments + ALL
    naming = named(*_scene(names, sure=8.0))
    assert naming.names == ("S1", *ALL)
    assert naming.first == segments - 1
    assert naming.probability > 0.9


def test_of_a_sacrum_alone_no_segment_has_a_name():
    z, bodies, logits, ribs = _scene(("S1", "S1", "S1"), sure=8.0)
    assert name_bodies(z, bodies, logits, ribs, {}) is None


@pytest.mark.parametrize("at", [0, 2])
def test_organs_decide_where_the_network_is_undecided(at):
    """Three bodies that may be anything; the organs put L2 at one of them."""
    z, bodies, logits, ribs = _scene(("L4", "L3", "L2"), sure=0.0)
    naming = named(z, bodies, logits, 0.0 * ribs, {"L2": bodies[at].mid_z_mm})
    assert naming.names[at] == "L2"
    assert naming.probability < 0.6


def test_organs_do_not_overrule_a_network_that_knows():
    z, bodies, logits, ribs = _scene(ALL, sure=8.0)
    organs = {"L3": bodies[3].mid_z_mm, "L2": bodies[4].mid_z_mm}
    assert named(z, bodies, logits, ribs, organs).names == ALL


@pytest.mark.parametrize("lowest_rib", ["T11", "T12", "L1"])
def test_ribs_decide_where_the_network_is_undecided(lowest_rib):
    """The lowest body that bears ribs is called T12, whatever it would have been called."""
    names = ("L2", "L1", "T12", "T11", "T10")
    naming = named(*_scene(names, sure=0.0, lowest_rib=lowest_rib))
    assert naming.names[names.index(lowest_rib)] == "T12"
    assert naming.from_ribs == 0
