"""Real databases: SQLite in a file, and a PostgreSQL of our own that ends with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from myotome.service.database.engine import open_engine
from myotome.service.database.migrate import migrate

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))


def _as_unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root: then as the user that Debian makes for it."""
    if os.geteuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("needs the user postgres, as root may not run PostgreSQL")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a private cluster, reached by its socket alone."""
    if not SERVERS or shutil.which("setpriv") is None:
        pytest.skip("needs PostgreSQL (Debian: postgresql)")
    pytest.importorskip("psycopg")
    before = _as_unprivileged()
    # not in tmp_path, which only we may enter; a short path, as sockets have
    folder = Path(tempfile.mkdtemp(prefix="myo-pg-"))
    if before:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    setup = [*before, str(SERVERS[-1] / "initdb"), "-D", str(data), "-U", "myotome"]
    subprocess.run(
        [*setup, "--auth=trust", "-E", "UTF8", "--no-sync"],
        check=True,
        cwd=folder,
        capture_output=True,
    )
    options = ["-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    server = subprocess.Popen(
        [*before, str(SERVERS[-1] / "postgres"), *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"postgresql://myotome@/postgres?host={folder}"
    try:
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    import time

    engine = open_engine(url)
    for _ in range(200):
        try:
            with engine.connect():
                return
        except Exception:
            assert server.poll() is None, "PostgreSQL did not start"
            time.sleep(0.1)
        finally:
            engine.dispose()
    pytest.fail("PostgreSQL did not start")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'node.db'}"
        return
    root = request.getfixturevalue("postgresql")
    name = f"t{uuid.uuid4().hex[:12]}"
    _admin(root, f"CREATE DATABASE {name}")
    yield root.replace("/postgres?", f"/{name}?")
    _admin(root, f"DROP DATABASE {name} WITH (FORCE)")


def _admin(url: str, words: str) -> None:
    engine = create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(words))
    engine.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated database."""
    made = open_engine(database_url)
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Opens the same SQLite database, migrated, as often as it is called."""
    opened: list[Engine] = []

    def again() -> Engine:
        made = open_engine(f"sqlite:///{tmp_path / 'node.db'}")
        migrate(made)
        opened.append(made)
        return made

    yield again
    for one in opened:
        one.dispose()
