"""Many senders at once: ``python -m benchmarks.service [--senders 20] [--images 2000]``.

The receiver is a process of its own with its settings' defaults; the senders are processes that
share the same machine. Each image is a small CT slice of random pixels (``--side 512``: a real
one's size). The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NODE = """
import json, resource, sys
from myotome.service.node import build
from myotome.service.settings.read import read_settings
from pathlib import Path
node = build(read_settings(Path(sys.argv[1])))
print(node.start(), flush=True)
sys.stdin.read()
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"told": node.receiver.told, "held": node.catalogue.counts(),
                  "peak_mb": round(used.ru_maxrss / 1000),
                  "cpu_s": round(used.ru_utime + used.ru_stime, 1)}), flush=True)
node.stop()
"""
SETTINGS = '[node]\nfolder = "{}"\n[receive]\nport = 0\nfree_mb = 0\n[work]\nworkers = 0\n'


def send(port: int, sender: int, count: int, side: int) -> list[int]:
    """The statuses of one sender's images, which are half of a study that two share."""
    import numpy as np
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
    from pynetdicom import AE

    from myotome.service.send.store import hold

    entity = AE(ae_title=f"CT{sender}")
    entity.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 120
    link = entity.associate("127.0.0.1", port, ae_title="MYOTOME")
    resume = hold(link)
    pixels = np.random.default_rng(sender).integers(0, 4096, (side, side), dtype=np.uint16)
    study, statuses = f"1.2.{sender // 2 + 1}", []
    for number in range(count):
        image = Dataset()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, f"{study}.{sender + 1}.{number}"
        image.StudyInstanceUID, image.SeriesInstanceUID = study, f"{study}.{sender + 1}"
        image.PatientName, image.Modality = "A^B", "CT"
        image.Rows = image.Columns = side
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit, image.SamplesPerPixel, image.PixelRepresentation = 15, 1, 0
        image.PhotometricInterpretation, image.PixelData = "MONOCHROME2", pixels.tobytes()
        statuses.append(int(getattr(link.send_c_store(image), "Status", -1)))
    link.release()
    resume()
    return statuses


def measure(senders: int, images: int, side: int) -> dict[str, Any]:
    """One run: what was sent, answered, held, and the memory of the receiver."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "node.toml"
        config.write_text(SETTINGS.format(Path(folder) / "node"))
        node: Any = subprocess.Popen(
            [sys.executable, "-c", NODE, str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        port, each = int(node.stdout.readline()), images // senders
        start_s = time.perf_counter()
        with multiprocessing.Pool(senders) as crowd:
            told = crowd.starmap(send, [(port, n, each, side) for n in range(senders)])
        seconds = time.perf_counter() - start_s
        node.stdin.close()
        held = json.loads(node.stdout.readline())
        node.wait()
        files = list((Path(folder) / "node" / "spool" / "studies").rglob("*.dcm"))
    statuses = [status for one in told for status in one]
    return {
        "senders": senders,
        "sent": len(statuses),
        "success": statuses.count(0),
        "files": len(files),
        "seconds": round(seconds, 1),
        "images_per_s": round(len(statuses) / seconds, 1),
        "mb_per_image": round(2 * side * side / 1e6, 2),
        **held,
    }


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--senders", type=int, default=20)
    asked.add_argument("--images", type=int, default=2000)
    asked.add_argument("--side", type=int, default=128)
    print(json.dumps(measure(**vars(asked.parse_args()))))
