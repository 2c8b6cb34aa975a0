"""The OHIF viewer's released app, on a real archive, shows our SEG where it belongs.

Needs Chromium, Playwright for Python, and npm, which fetches the app (48 MB) once into pytest's
cache. Skipped visibly without them.
"""

from __future__ import annotations

import http.server
import io
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import requests
from PIL import Image

from myotome.tables.anatomy.muscles import MUSCLES
from myotome.write.dicom import seg as dicom_seg

APP = "@ohif/app@3.12.10"
PATIENCE_S = 90
_CONFIG = b"""window.config = {
  routerBasename: '/', extensions: [], modes: [], showStudyList: true,
  maxNumberOfWebWorkers: 2, showCPUFallbackMessage: false,
  investigationalUseDialog: { option: 'never' }, disableConfirmationPrompts: true,
  defaultDataSourceName: 'dicomweb',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
    sourceName: 'dicomweb',
    configuration: {
      friendlyName: 'archive', name: 'archive', qidoRoot: '/dicom-web', wadoRoot: '/dicom-web',
      wadoUriRoot: '/dicom-web', qidoSupportsIncludeField: false, imageRendering: 'wadors',
      thumbnailRendering: 'wadors', enableStudyLazyLoad: true, supportsFuzzyMatching: false,
      supportsWildcard: true, omitQuotationForMultipartRequest: true,
      bulkDataURI: { enabled: true },
    },
  }],
};"""


@pytest.fixture(scope="module")
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built app. The browser is asked for first: the app is a large download."""
    _browser()
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, to fetch the OHIF viewer")
    kept = getattr(request.config, "cache", None)
    cache = tmp_path_factory.mktemp("ohif") if kept is None else Path(kept.mkdir("ohif"))
    folder = cache / APP.rpartition("@")[2]
    if not folder.is_dir():
        done = subprocess.run(
            [npm, "pack", APP, "--silent"], cwd=cache, capture_output=True, check=False
        )
        packed = list(cache.glob("*.tgz"))
        if done.returncode != 0 or not packed:
            pytest.skip(f"npm cannot fetch {APP}")
        part = folder.with_suffix(".part")
        with tarfile.open(packed[0]) as archive:
            archive.extractall(part, filter="data")
        packed[0].unlink()
        part.rename(folder)
    return folder / "package" / "dist"


@pytest.fixture(scope="module")
def site(app: Path, orthanc) -> Iterator[str]:
    """The app and the archive's DICOMweb under one address, as browsers want them."""

    class Site(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, code = "text/html", 200
            path = self.path.partition("?")[0].lstrip("/")
            if path.startswith("dicom-web"):
                accept = {"Accept": self.headers.get("Accept", "*/*"), "Host": self.headers["Host"]}
                answer = requests.get(orthanc.root + self.path, headers=accept, timeout=60)
                body, code = answer.content, answer.status_code
                kind = answer.headers.get("Content-Type", "application/octet-stream")
            elif path == "app-config.js":
                body, kind = _CONFIG, "text/javascript"
            else:
                file = app / path if path and (app / path).is_file() else app / "index.html"
                body = file.read_bytes()
                kind = _KINDS.get(file.suffix, "application/octet-stream")
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


_KINDS = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def _browser() -> tuple[ModuleType, str]:
    """Playwright and Chromium, else the test is skipped visibly."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium (Debian: chromium)")
    return playwright, chromium


@pytest.fixture
def page():
    """A page of a headless Chromium."""
    playwright, chromium = _browser()
    arguments = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=arguments)
        yield browser.new_page(viewport={"width": 1400, "height": 900})
        browser.close()


_PANE = """() => {
  const pane = document.querySelector('.cornerstone-canvas')?.getBoundingClientRect();
  return pane && pane.width > 100 ? [pane.left, pane.top, pane.right, pane.bottom] : null;
}"""


def _coloured(page) -> tuple[int, int]:
    """(left, right) coloured pixels of the viewport: the CT itself is gray."""
    pane = page.evaluate(_PANE)
    if pane is None:  # the viewer replaces it while it loads
        return 0, 0
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB").crop(pane)
    pixels = np.asarray(shot).astype(int)
    # the edges hold the viewer's own blue frame, texts and scroll bar
    high, wide = pixels.shape[:2]
    pixels = pixels[high // 6 : -high // 6, wide // 10 : -wide // 10]
    colourful = np.ptp(pixels, axis=2) > 24
    middle = colourful.shape[1] // 2
    return int(colourful[:, :middle].sum()), int(colourful[:, middle:].sum())


def _show(page, description: str) -> None:
    """Load the series with this description over the CT."""
    item = page.locator('[data-cy^="study-browser-thumbnail"]', has_text=description).first
    item.wait_for(timeout=PATIENCE_S * 1000)
    # the tour comes with the first image and lies over everything
    page.get_by_text("Skip all").click(timeout=PATIENCE_S * 1000)
    item.dblclick()


def test_left_muscles_are_shown_on_the_patients_left(
    scene_of, orthanc, site: str, page, tmp_path: Path
) -> None:
    scene = scene_of("own_study")
    left = [muscle.value for muscle in MUSCLES if muscle.side == "left"]
    result = scene.result
    labels = np.where(np.isin(result.segmentation.labels, left), result.segmentation.labels, 0)
    half = replace(result, segmentation=replace(result.segmentation, labels=labels))
    seg = dicom_seg.muscle_seg(half, scene.source)
    orthanc.store([*scene.images, seg])
    page.goto(f"{site}/viewer?StudyInstanceUIDs={scene.source.study_uid}")
    _show(page, "Myotome muscles")
    deadline = time.monotonic() + PATIENCE_S
    before, (on_image_left, on_image_right) = None, (0, 0)
    # the viewer draws the CT alone, then both, and may begin anew: wait until nothing changes
    while before != (on_image_left, on_image_right) or on_image_left + on_image_right < 200:
        assert time.monotonic() < deadline, "no overlay appeared"
        time.sleep(2)
        before, (on_image_left, on_image_right) = (on_image_left, on_image_right), _coloured(page)
    page.screenshot(path=tmp_path / "ohif.png")
    # radiology looks from the feet: the image's right is the patient's left
    assert on_image_right > 200
    assert on_image_left < 0.02 * on_image_right
