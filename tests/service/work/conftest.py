"""A node whose studies are in the spool already, and children that behave as told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from myotome.service.folder import Layout
from myotome.service.queue.kinds import DELIVER, MEASURE, Kind
from myotome.service.queue.queue import Queue
from myotome.service.receive.catalogue import Catalogue, Image
from myotome.service.receive.header import Uids
from myotome.service.settings.node import Work
from myotome.service.work.worker import Worker
from myotome.tables.registry import Registry

SOON = Registry(
    "kind of job",
    (
        Kind(key=MEASURE, words="", attempts=50, first_wait_s=0.01, most_wait_s=0.01),
        Kind(key=DELIVER, words="", attempts=50, first_wait_s=0.01, most_wait_s=0.01),
    ),
)
GOOD = """
import json, sys, time
from pathlib import Path
told = json.loads(sys.stdin.read())
out = Path(told["out"]); out.mkdir()
files = sorted(p.read_bytes().decode() for p in Path(told["input"]).iterdir())
(out / "result.txt").write_text(",".join(files))
time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
Path(told["answer"]).write_text(json.dumps({"status": "ok", "summary": {}}))
"""


def program(text: str, *more: str) -> list[str]:
    return [sys.executable, "-S", "-c", text, *more]


@pytest.fixture(scope="session")
def child() -> Callable[..., list[str]]:
    return program


@pytest.fixture(scope="session")
def good() -> list[str]:
    return program(GOOD)


def made_catalogue(engine: Engine, root: Path, lease_s: float = 60.0) -> Catalogue:
    layout = Layout(root=root)
    layout.make()
    queue = Queue(engine=engine, lease_s=lease_s, kinds=SOON)
    return Catalogue(engine=engine, queue=queue, layout=layout, salt="s", measured_with="v1")


@pytest.fixture
def catalogue(engine: Engine, tmp_path: Path) -> Catalogue:
    return made_catalogue(engine, tmp_path / "node")


def put(catalogue: Catalogue, study: str, *texts: str) -> None:
    for text in texts:
        path = catalogue.layout.incoming / "x.dcm"
        path.write_text(text)
        uids = Uids(sop_class="1", instance=f"{study}.{text}", study=study, series=study)
        image = Image(uids=uids, syntax="1", size=1, sha256=text, path=path)
        assert catalogue.keep(image) == "kept"


@pytest.fixture(scope="session")
def received() -> Callable[..., None]:
    return put


@pytest.fixture
def worker(catalogue: Catalogue, good: list[str]) -> Callable[..., Worker]:
    def make(command: list[str] | None = None, **settings: object) -> Worker:
        return Worker(
            owner="w",
            catalogue=catalogue,
            settings=Work(**settings),
            archives=("pacs",),
            child=command or good,
        )

    return make


@pytest.fixture(scope="session")
def make_catalogue() -> Callable[..., Catalogue]:
    return made_catalogue
