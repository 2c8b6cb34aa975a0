"""How the label maps of other programs become the 12 muscles: one row per program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from myotome.tables.anatomy.muscles import MUSCLES
from myotome.tables.registry import unique


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMapping:
    """Voxel values of a label map and the muscles they stand for.

    ``muscles`` maps a value to a muscle key; several values may become one muscle. ``others``
    are values that may occur and are left out (None: any). ``gaps`` says, by muscle or group
    key, what the program cannot give.
    """

    name: str
    muscles: Mapping[int, str]
    others: frozenset[int] | None = frozenset()
    gaps: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    source: str


def _sided(groups: Mapping[str, tuple[tuple[int, int], ...]]) -> Mapping[int, str]:
    """From group to its (left, right) values: value to muscle key."""
    return unique(
        "value",
        (
            (value, f"{group}_{side}")
            for group, pairs in groups.items()
            for pair in pairs
            for side, value in zip(("left", "right"), pair, strict=True)
        ),
    )


_NOT_IN_TOTAL = "TotalSegmentator's task total has no label for it"
_BELOW_L4 = "TotalSegmentator's task abdominal_muscles labels T4 to L4 only"
_NO_TRANSVERSUS = "external and internal oblique only, transversus abdominis has no label"
_ILIACUS = "the label is iliopsoas: below about L5 it holds iliacus too"
_NOT_IN_MUSCLEMAP = "MuscleMap has no label for it"

TOTAL_GAPS: Mapping[str, str] = MappingProxyType(
    {
        "psoas": _ILIACUS,
        "quadratus_lumborum": _NOT_IN_TOTAL,
        "rectus_abdominis": _NOT_IN_TOTAL,
        "lateral_abdominals": _NOT_IN_TOTAL,
    }
)
ABDOMINAL_GAPS: Mapping[str, str] = MappingProxyType(
    {
        "psoas": _BELOW_L4,
        "quadratus_lumborum": _BELOW_L4,
        "erector_spinae": _BELOW_L4,
        "rectus_abdominis": _BELOW_L4,
        "lateral_abdominals": f"{_NO_TRANSVERSUS}; {_BELOW_L4}",
        "gluteus_medius": "TotalSegmentator's task abdominal_muscles has no label for it",
    }
)
TOGETHER_GAPS: Mapping[str, str] = MappingProxyType(
    {
        "psoas": "below L4 the label is iliopsoas, which holds iliacus from about L5 on",
        "quadratus_lumborum": _BELOW_L4,
        "rectus_abdominis": _BELOW_L4,
        "lateral_abdominals": f"{_NO_TRANSVERSUS}; {_BELOW_L4}",
    }
)
"""What is left when ``abdominal_muscles`` is completed with ``total`` above T4 and below L4."""

_MUSCLEMAP_BASES = (
    *range(1100, 1170, 10),
    *(2100, 2110, 2120, 2140, 4100),
    *range(5100, 5150, 10),
    *(*range(6100, 6160, 10), 6170),
    *range(7100, 7230, 10),
    *range(8100, 8170, 10),
)
_MUSCLEMAP_VALUES = frozenset(base + side for base in _MUSCLEMAP_BASES for side in (1, 2))

MAPPINGS: tuple[LabelMapping, ...] = (
    LabelMapping(
        name="myotome",
        muscles=unique("value", ((m.value, m.key) for m in MUSCLES)),
        source="Myotome's own segmentation.nii.gz",
    ),
    LabelMapping(
        name="totalsegmentator",
        muscles=_sided(
            {
                "gluteus_medius": ((82, 83),),
                "erector_spinae": ((86, 87),),
                "psoas": ((88, 89),),
            }
        ),
        # 118 is costal cartilage in some versions, which leave 117 out.
        others=frozenset(range(1, 119)),
        gaps=TOTAL_GAPS,
        source="TotalSegmentator v2, task total, class map in totalsegmentator/map_to_binary.py",
    ),
    LabelMapping(
        name="totalsegmentator_abdominal_muscles",
        muscles=_sided(
            {
                "rectus_abdominis": ((4, 3),),
                "lateral_abdominals": ((12, 11), (14, 13)),
                "erector_spinae": ((16, 15), (18, 17)),
                "psoas": ((20, 19),),
                "quadratus_lumborum": ((22, 21),),
            }
        ),
        others=frozenset(range(1, 23)),
        gaps=ABDOMINAL_GAPS,
        source="TotalSegmentator v2, task abdominal_muscles (doi 10.1101/2025.01.13.25319967)",
    ),
    LabelMapping(
        name="musclemap",
        muscles=_sided(
            {
                "erector_spinae": ((5101, 5102), (5111, 5112)),
                "psoas": ((5121, 5122),),
                "quadratus_lumborum": ((5131, 5132),),
                "gluteus_medius": ((6111, 6112),),
            }
        ),
        others=_MUSCLEMAP_VALUES | {6160},
        gaps=MappingProxyType(
            {
                "rectus_abdominis": _NOT_IN_MUSCLEMAP,
                "lateral_abdominals": _NOT_IN_MUSCLEMAP,
            }
        ),
        source="MuscleMap, contrast_agnostic_wholebody_model.json, versions 1.0 and 1.1",
    ),
    LabelMapping(
        name="musclemap_abdomen",
        muscles=_sided(
            {
                "erector_spinae": ((2, 1), (4, 3)),
                "psoas": ((6, 5),),
                "quadratus_lumborum": ((8, 7),),
            }
        ),
        gaps=MappingProxyType(
            dict.fromkeys(
                ("gluteus_medius", "rectus_abdominis", "lateral_abdominals"),
                "MuscleMap's abdomen model has no label for it",
            )
        ),
        source="MuscleMap, contrast_agnostic_abdomen_model.json",
    ),
)
BY_NAME = unique("mapping", ((row.name, row) for row in MAPPINGS))
