"""The rows. Nothing heavy is imported before they are used."""

from myotome.errors import BackendError
from myotome.segment.backends import BackendRow, Wish
from myotome.write.contents import File, Job, Output


def write_tally(job: Job) -> None:
    """``tally.txt``: how many numbers there are, under a heading of the user's."""
    count = len(job.result.measurements)
    words = f"{job.argument}: {count} numbers\n"
    (job.folder / "tally.txt").write_text(words, encoding="utf-8")


TALLY = Output(
    key="tally",
    words="how many numbers there are",
    files=(File(name="tally.txt", words="one line"),),
    write=write_tally,
    argument="HEADING",
)


def boxes() -> BackendRow:
    """Called by Myotome when somebody asks for the backend."""
    return BackendRow(key="boxes", words="the psoas as two boxes", make=make_boxes)


def make_boxes(wish: Wish):
    """A backend that draws two boxes beside the spine."""

    def segment(volume, slab):
        import numpy as np

        from myotome.nouns.space.segmentation import Segmentation
        from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES

        keys = ("psoas_left", "psoas_right")
        labels = np.zeros(volume.grid.shape, np.uint8)
        rows, columns = (n // 2 for n in labels.shape[1:])
        labels[:, rows : rows + 8, columns + 10 : columns + 20] = MUSCLE[keys[0]].value
        labels[:, rows : rows + 8, columns - 20 : columns - 10] = MUSCLE[keys[1]].value
        if slab.superior_z_mm <= slab.inferior_z_mm:
            raise BackendError("there is no slab.")
        return Segmentation(
            labels=labels,
            grid=volume.grid,
            backend="boxes",
            k_range=(0, len(labels)),
            gaps={m.key: "boxes know the psoas alone" for m in MUSCLES if m.key not in keys},
        )

    return segment


def untidy(job: Job) -> None:
    """Leaves more than it names."""
    (job.folder / "untidy.txt").write_text("named")
    (job.folder / "surprise.txt").write_text("not named")


UNTIDY = Output(key="untidy", words="x", files=(File(name="untidy.txt", words="x"),), write=untidy)


def failing(job: Job) -> None:
    """Fails as foreign code does."""
    raise ZeroDivisionError(str(job.folder))


FAILING = Output(key="failing", words="x", files=(), write=failing)
NEEDY = Output(
    key="needy", words="x", files=(), write=failing, needs=("no_such_module",), mend="Get it."
)
NO_ROW = "neither a row nor something to call"
