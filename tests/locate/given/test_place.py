"""Counting from what a person set, on chains of bodies whose true names are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from myotome.errors import AnatomyError, InputError
from myotome.locate.bodies.count import Body
from myotome.locate.bodies.levels import Found, levels_of
from myotome.locate.bodies.names import Naming
from myotome.locate.find import locate
from myotome.locate.given.place import Placed, Seen, place
from myotome.locate.slab import slab
from myotome.locate.spine import Spine
from myotome.nouns.numbers.flag import Severity
from myotome.nouns.space.given import SetBy
from myotome.read.given.check import checked
from myotome.tables.anatomy.landmark_classes import SPINE_UPWARDS
from myotome.tables.anatomy.spacing import ORDER
from myotome.tables.anatomy.vertebrae import COUNTED, REPORTED
from myotome.tables.flags.every import FLAG, raised

DOUBT = raised(FLAG["level_count_disagrees"], "the sacrum says otherwise")
NAMES = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10")


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A spine from S1 up to T10 as it is, and what the program made of it."""

    bodies: tuple[Body, ...]
    seen: Seen

    def mid(self, name: str) -> float:
        return self.bodies[NAMES.index(name)].mid_z_mm

    def body(self, name: str) -> Body:
        return self.bodies[NAMES.index(name)]


def chain(heights=(24.0,) * 9, discs=(8.0,) * 9, off=0, lost=(), sure=0.6) -> Chain:
    """``off``: by how many vertebrae the program calls all too high; ``lost``: bodies it missed.

    What it calls lower than S1 it takes for segments of the sacrum, which have no name.
    """
    bodies, z = [], 40.0
    for height, disc in zip(heights, discs, strict=True):
        bodies.append(Body(inferior_z_mm=z, superior_z_mm=z + height, evidence=6.0))
        z += height + disc
    left = [n for n in range(len(bodies)) if NAMES[n] not in lost]
    first = max(0, -off)
    called = [COUNTED[COUNTED.index("S1") - off - n] for n in range(first, len(left))]
    naming = Naming(
        names=tuple(called),
        first=first,
        probability=sure,
        one_up=0.1,
        one_down=0.1,
        from_sacrum=0,
        from_ribs=None,
    )
    rows = np.arange(0.0, z + 20, 2.0)
    found = Found(
        z_mm=rows,
        heat=np.full((3, len(rows)), -9.0),
        bodies=tuple(bodies[n] for n in left[first:]),
        naming=naming,
    )
    line = np.zeros(len(rows))
    spine = Spine(
        z_mm=rows,
        x_mm=line + 3,
        y_mm=line + 50,
        mass=np.zeros((len(SPINE_UPWARDS), len(rows))),
        present=line == 0,
    )
    edges = (0.0, float(rows[-1] + 1))
    seen = Seen(
        found=found,
        bodies=tuple(bodies[n] for n in left),
        spine=spine,
        edges_mm=edges,
        told=Placed(levels=levels_of(found, spine, edges), flags=(DOUBT,)),
        sure=sure,
    )
    return Chain(bodies=tuple(bodies), seen=seen)


def codes(placed: Placed) -> dict[str, str]:
    return {flag.code: flag.message for flag in placed.flags}


@examples(
    heights=st.lists(st.floats(15, 34), min_size=9, max_size=9),
    discs=st.lists(st.floats(3, 12), min_size=9, max_size=9),
    off=st.integers(-2, 2),
    which=st.sampled_from(NAMES),
    share=st.floats(-0.45, 0.45),
)
def test_one_set_level_names_them_all(heights, discs, off, which, share) -> None:
    """Whatever the program called them, and wherever in its body the level was set."""
    spine = chain(heights, discs, off)
    body = spine.body(which)
    z = body.mid_z_mm + share * body.height_mm
    placed = place(checked({which: z}), spine.seen)
    assert set(placed.levels) == {*REPORTED, which}
    assert list(placed.levels) == [name for name in ORDER if name in placed.levels]
    for name, level in placed.levels.items():
        own = spine.body(name)
        assert level.inferior_z_mm == pytest.approx(own.inferior_z_mm, abs=0.01)
        assert level.superior_z_mm == pytest.approx(own.superior_z_mm, abs=0.01)
        if name == which:
            assert (level.mid_z_mm, level.confidence, level.set_by) == (z, 1.0, SetBy.USER)
            assert level.centre_xy_mm == (3.0, 50.0)
        else:
            assert level.mid_z_mm == pytest.approx(own.mid_z_mm, abs=0.01)
            assert level.set_by is SetBy.COUNTED
            assert level.confidence >= 0.85
    assert ("level_set_differs" in codes(placed)) is (off != 0)
    assert DOUBT not in placed.flags


@examples(
    which=st.lists(st.sampled_from(NAMES), min_size=1, max_size=9, unique=True),
    off=st.integers(-2, 2),
)
def test_what_was_counted_may_be_given_again(which, off) -> None:
    """The levels of one run, set in the next, change nothing but whose word they are."""
    spine = chain(off=off)
    once = place(checked({name: spine.mid(name) for name in which}), spine.seen)
    mids = {name: level.mid_z_mm for name, level in once.levels.items()}
    again = place(checked(mids), spine.seen)
    assert {n: v.mid_z_mm for n, v in again.levels.items()} == mids
    assert {v.set_by for v in again.levels.values()} == {SetBy.USER}
    bare = {"confidence": 0.0, "set_by": SetBy.USER}
    assert {n: replace(v, **bare) for n, v in once.levels.items()} == {
        n: replace(v, **bare) for n, v in again.levels.items()
    }


def test_a_difference_is_a_warning_only_if_the_program_was_sure() -> None:
    for sure, severity in ((0.95, Severity.WARNING), (0.6, Severity.INFO)):
        spine = chain(off=1, sure=sure)
        placed = place(checked({"L3": spine.mid("L3")}), spine.seen)
        (flag,) = [flag for flag in placed.flags if flag.code == "level_set_differs"]
        assert flag.severity is severity
        assert "L3 where the program counted L2" in flag.message


def test_bodies_between_two_set_levels_are_counted_only_if_they_are_as_many_as_names() -> None:
    spine = chain(lost=("L3",))
    both = place(checked({"L1": spine.mid("L1"), "L5": spine.mid("L5")}), spine.seen)
    assert not {"L2", "L3", "L4"} & set(both.levels)
    assert {"S1", "T12", "T11"} <= set(both.levels)
    assert "there are 3 levels, but 2 vertebrae" in codes(both)["level_set_contradicts"]
    more = {"L1": spine.mid("L1"), "L5": spine.mid("L5"), "L2": spine.mid("L2")}
    third = place(checked({**more, "L4": spine.mid("L4")}), spine.seen)
    assert set(REPORTED) - set(third.levels) == {"L3"}


def test_a_level_where_no_body_is_stands_alone() -> None:
    spine = chain()
    disc = spine.body("L3").superior_z_mm + 4
    placed = place(checked({"L3": disc}), spine.seen)
    level = placed.levels["L3"]
    assert (level.mid_z_mm, level.superior_z_mm, level.inferior_z_mm) == (disc, None, None)
    assert DOUBT in placed.flags  # the program's names, and its doubts of them, stay
    assert placed.levels["L4"] == spine.seen.told.levels["L4"]
    assert placed.levels["L2"].set_by is SetBy.PROGRAM
    assert "level_set_off_body" in codes(placed)
    assert "level_set_contradicts" not in codes(placed)


def test_levels_that_cannot_be_beside_what_was_set_are_left_out() -> None:
    spine = chain()
    disc = spine.body("L3").superior_z_mm + 4
    placed = place(checked({"L1": disc}), spine.seen)
    assert "L2" not in placed.levels  # the program has it above
    assert "L2" in codes(placed)["level_set_contradicts"]
    mids = [v.mid_z_mm for v in placed.levels.values()]
    assert mids == sorted(mids, reverse=True)


def test_the_lower_end_of_l5_names_it_and_is_where_the_slab_ends() -> None:
    spine = chain(off=1)
    end = spine.body("L5").inferior_z_mm + 2.5
    placed = place(checked({"l5_end": end}), spine.seen)
    assert placed.levels["L5"].inferior_z_mm == end
    assert placed.levels["L5"].mid_z_mm == pytest.approx(spine.mid("L5"))
    assert placed.levels["L5"].set_by is SetBy.COUNTED
    assert placed.levels["L3"].mid_z_mm == pytest.approx(spine.mid("L3"))


def test_an_end_of_l5_that_contradicts_the_levels_is_refused() -> None:
    spine = chain()
    with pytest.raises(InputError, match=r"l5_end was set at z=.* above the middle of L5"):
        place(checked({"L3": spine.mid("L3"), "l5_end": spine.mid("L4") - 14}), spine.seen)
    with pytest.raises(InputError, match=r"lung_base was set at z=.* below the lower end of L5"):
        place(checked({"lung_base": spine.body("L5").inferior_z_mm - 1}), spine.seen)


def test_planes_alone_leave_the_names_to_the_program() -> None:
    spine = chain(off=1)
    placed = place(checked({"lung_base": spine.mid("L1")}), spine.seen)
    assert placed.levels == dict(spine.seen.told.levels)
    assert list(codes(placed)) == ["levels_set_by_hand", "level_count_disagrees"]


def test_without_anything_found_there_is_what_was_set() -> None:
    placed = place(checked({"L3": 100.0, "l5_end": 20.0}), None)
    assert {n: v.mid_z_mm for n, v in placed.levels.items()} == {"L3": 100.0, "L5": None}
    assert placed.levels["L5"].inferior_z_mm == 20.0
    assert placed.levels["L3"].centre_xy_mm is None


# --- on a whole scan -------------------------------------------------------------------------


def _found(trunk, z_mm, volume=None, **more):
    volume = trunk.volume() if volume is None else volume
    return locate(
        volume, trunk.knowing(volume), trunk.counting(volume, **more), given=checked(z_mm)
    )


def test_names_that_a_person_settled_are_doubted_no_longer(trunk) -> None:
    doubted = _found(trunk, {}, lowest_rib="L1")
    assert "level_count_disagrees" in {flag.code for flag in doubted.flags}
    settled = _found(trunk, {"L3": trunk.z["L3.mid"] + 1}, lowest_rib="L1")
    assert {flag.code for flag in settled.flags} == {"levels_set_by_hand"}
    assert settled.levels["L3"].mid_z_mm == trunk.z["L3.mid"] + 1
    assert min(level.confidence for level in settled.levels.values()) > 0.5
    assert settled.given.levels == {"L3": trunk.z["L3.mid"] + 1}


def test_one_level_higher_moves_every_name_and_the_slab(trunk) -> None:
    found = _found(trunk, {"L2": trunk.z["L3.mid"]})
    assert found.levels["L1"].mid_z_mm == pytest.approx(trunk.z["L2.mid"], abs=2.5)
    assert found.levels["L4"].mid_z_mm == pytest.approx(trunk.z["L5.mid"], abs=2.5)
    (told,) = [flag for flag in found.flags if flag.code == "level_set_differs"]
    assert "L2 where the program counted L3" in told.message


def test_the_planes_that_were_set_are_those_of_the_slab(trunk) -> None:
    base, end = trunk.lung_base_mm + 7.25, trunk.z["L5.inf"] - 3.5
    found = _found(trunk, {"lung_base": base, "l5_end": end})
    cut = slab(trunk.volume(), found)
    assert (cut.superior_z_mm, cut.inferior_z_mm) == (base, end)
    assert (cut.superior_set_by, cut.inferior_set_by) == (SetBy.USER, SetBy.USER)
    assert cut.is_complete
    plain = slab(trunk.volume(), _found(trunk, {}))
    assert (plain.superior_set_by, plain.inferior_set_by) == (SetBy.PROGRAM, SetBy.PROGRAM)


@pytest.mark.parametrize("name", ["L3", "lung_base", "l5_end"])
@pytest.mark.parametrize("end", [0, 1])
def test_what_lies_outside_the_scan_is_refused(trunk, name, end) -> None:
    z = trunk.grid.faces_z_mm[end]
    with pytest.raises(InputError, match=f"{name} was set at z=.*outside the scan"):
        _found(trunk, {name: z})


def test_a_spine_that_is_not_found_does_not_hinder_a_person(trunk) -> None:
    volume = trunk.volume()

    def nothing(x):
        out = np.zeros((1, 23, *x.shape[2:]), np.float32)
        out[:, 0] = 9.0
        return out

    given = checked({"L3": trunk.z["L3.mid"]})
    found = locate(volume, nothing, nothing, given=given)
    assert list(found.levels) == ["L3"]
    with pytest.raises(AnatomyError, match="no vertebra"):
        locate(volume, nothing, nothing, given=checked({"lung_base": trunk.z["L1.mid"]}))
