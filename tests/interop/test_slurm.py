"""A cohort on a real Slurm of one node, through dask-jobqueue; a worker is killed there."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from myotome.cohort.store.layout import Layout
from myotome.cohort.store.opened import open_cohort
from myotome.cohort.store.standing import counts

ACTING = Path(__file__).parents[1] / "cohort" / "run" / "acting.py"
STUDIES = 60
_OPTIONS = {"interface": "lo", "queue": "short", "walltime": "00:10:00", "memory": "800MB"}


def test_a_cohort_on_slurm_survives_the_death_of_a_worker(tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue")
    source = tmp_path / "in"
    source.mkdir()
    for number in range(STUDIES):
        (source / f"ok_{number}.nii").touch()
    cohort = tmp_path / "cohort"
    driver = tmp_path / "driver.py"
    driver.write_text(
        "import sys\n"
        "from myotome.cohort.run.settings import Settings\n"
        "from myotome.cohort.run.start import Wish, run_cohort\n"
        f"run_cohort(Wish(source={str(source)!r}, settings=Settings(root={str(cohort)!r}),\n"
        f"    workers=2, where='slurm', options={_OPTIONS!r},\n"
        f"    command=(sys.executable, {str(ACTING)!r})))\n"
    )
    (tmp_path / "slurm").mkdir()
    with _slurm(tmp_path / "slurm") as env:
        run = subprocess.Popen([sys.executable, str(driver)], env=env, stderr=subprocess.PIPE)
        try:
            layout = Layout(root=cohort)
            until = time.monotonic() + 120
            while run.poll() is None and _tried(layout) < 5 and time.monotonic() < until:
                time.sleep(0.1)
            killed = _workers(cohort)
            if killed:
                os.kill(killed[0], signal.SIGKILL)
            _, said = run.communicate(timeout=240)
        finally:
            run.kill()
    assert killed, "no worker was seen at work"
    assert run.returncode == 0, said.decode()[-2000:]
    with open_cohort(cohort) as found:
        rows = found.sql(
            "SELECT s.state, m.value FROM studies s JOIN measurements m USING (study) ORDER BY 2"
        ).fetchall()
    assert rows == [("done", float(number)) for number in range(STUDIES)]


def _tried(layout: Layout) -> int:
    return counts(layout).done if layout.about.exists() else 0


def _workers(cohort: Path) -> list[int]:
    """The Dask workers on this machine whose logs belong to this cohort."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            output = str((folder / "fd" / "1").readlink())
        except OSError:
            continue
        if any(b"dask_worker" in word for word in words) and str(cohort) in output:
            found.append(int(folder.name))
    return found


PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sinfo", "sbatch")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(name: str) -> str:
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"needs {name} (Debian: slurm-wlm, munge)")
    return path


@contextmanager
def _slurm(folder: Path, cpus: int = 2) -> Iterator[dict[str, str]]:
    """The environment in which ``sbatch`` reaches this Slurm. Everything is stopped by pid."""
    if os.geteuid() != 0:
        pytest.skip("needs root: slurmd starts jobs for others")
    programs = {name: _program(name) for name in PROGRAMS}
    folder.chmod(0o755)
    host = socket.gethostname().split(".")[0]
    config = folder / "slurm.conf"
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge").mkdir(mode=0o755)
    key, door = folder / "munge" / "key", folder / "munge" / "socket"
    subprocess.run([programs["mungekey"], "-c", "-k", str(key)], check=True)
    config.write_text(
        f"ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser=root\n"
        f"AuthType=auth/munge\nAuthInfo=socket={door}\nCryptoType=crypto/munge\n"
        f"SlurmctldPort={_free_port()}\nSlurmdPort={_free_port()}\n"
        f"StateSaveLocation={folder}/state\nSlurmdSpoolDir={folder}/spool\n"
        f"SlurmctldPidFile={folder}/ctld.pid\nSlurmdPidFile={folder}/d.pid\n"
        f"SlurmctldLogFile={folder}/ctld.log\nSlurmdLogFile={folder}/d.log\n"
        "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nReturnToService=2\n"
        "SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nMpiDefault=none\n"
        "SwitchType=switch/none\nJobAcctGatherType=jobacct_gather/none\n"
        f"NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4000 State=UNKNOWN\n"
        f"PartitionName=short Nodes={host} Default=YES MaxTime=60 State=UP\n"
    )
    env = {**os.environ, "SLURM_CONF": str(config)}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for words in (
            [programs["munged"], "-F", "-f", f"--key-file={key}", f"--socket={door}",
             f"--pid-file={folder}/munge/pid", f"--log-file={folder}/munge/log",
             f"--seed-file={folder}/munge/seed"],
            [programs["slurmctld"], "-D", "-f", str(config)],
            [programs["slurmd"], "-D", "-f", str(config)],
        ):  # fmt: skip
            started.append(
                subprocess.Popen(
                    words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            )
            time.sleep(1.0)
        _wait_for_node(programs["sinfo"], env, folder)
        yield env
    finally:
        for process in reversed(started):
            process.terminate()
        for process in reversed(started):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for_node(sinfo: str, env: dict[str, str], folder: Path) -> None:
    until = time.monotonic() + 60
    state = ""
    while time.monotonic() < until:
        asked = [sinfo, "-h", "-o", "%T"]
        said = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
        state = said.stdout.strip()
        if state in ("idle", "mixed"):
            return
        time.sleep(0.5)
    logs = "".join(path.read_text()[-800:] for path in folder.glob("*.log"))
    pytest.skip(f"Slurm does not start on this machine (node {state or 'unknown'}): {logs[-1500:]}")
