"""Health and metrics of a real node, over real HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from myotome.service.node import Node, build
from myotome.service.settings.dicom import Receive
from myotome.service.settings.node import Node as NodeSettings
from myotome.service.settings.node import Work
from myotome.service.settings.read import Settings
from myotome.service.settings.web import Web
from myotome.service.web.server import WebServer


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings = Settings(
        node=NodeSettings(folder=tmp_path / "node"),
        receive=Receive(port=0, free_mb=0),
        work=Work(workers=1),
        web=Web(port=0),
    )
    made = build(settings)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def root(node: Node) -> Iterator[str]:
    server = WebServer(settings=node.settings.web, node=node)
    yield f"http://127.0.0.1:{server.start()}"
    server.stop()


def test_every_dependency_has_its_health(root: str, node: Node) -> None:
    told = requests.get(f"{root}/health", timeout=10)
    assert told.status_code == 200
    assert told.json() == {
        "status": "ok",
        "dependencies": dict.fromkeys(("database", "disk", "receiver", "watch", "worker-1"), "ok"),
    }
    node.receiver.stop()
    told = requests.get(f"{root}/health", timeout=10)
    assert told.status_code == 503
    assert told.json()["dependencies"]["receiver"] == "does not listen"


def test_metrics_can_be_scraped(root: str, node: Node) -> None:
    node.receiver.told["kept"] += 3
    told = requests.get(f"{root}/metrics", timeout=10)
    assert told.status_code == 200
    lines = told.text.splitlines()
    assert 'myotome_answers_total{answer="kept"} 3.0' in lines
    assert "myotome_images 0.0" in lines
    assert any(line.startswith("myotome_disk_free_bytes ") for line in lines)


def test_there_is_nothing_else(root: str) -> None:
    for path in ("/", "/docs", "/openapi.json", "/redoc", "/../node.db"):
        assert requests.get(root + path, timeout=10).status_code == 404
    assert requests.post(f"{root}/health", timeout=10).status_code == 405


def test_a_page_of_another_site_cannot_ask(root: str) -> None:
    told = requests.get(f"{root}/health", headers={"Host": "evil.example"}, timeout=10)
    assert told.status_code == 400


def test_the_folder_is_for_its_user_alone(node: Node) -> None:
    assert node.layout.root.stat().st_mode & 0o777 == 0o700
    assert node.layout.salt.stat().st_mode & 0o777 == 0o600


def test_the_salt_stays(node: Node, tmp_path: Path) -> None:
    before = node.layout.salt.read_text()
    node.stop()
    again = build(node.settings)
    assert again.catalogue.salt == before.strip()
    again.engine.dispose()
