"""Put the candle charts of reports into the package: one file of lightweight-charts from npm, held to its digest.

    python tools/vendor_charts.py

No package of PyPI carries it alone. Its licence is Apache 2.0, whose text lies beside it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "lightweight-charts@5.2.1"
FILE = "lightweight-charts.standalone.production.js"
DIGEST = "e21cc5caa0226ef30bd8549c50b9ef926615f2a4ee6b4e486353477a55f598cf"
FOLDER = Path(__file__).resolve().parents[1] / "admf_jit" / "report" / "page" / "vendor"


def main() -> int:
    """Fetch the file and its licence; status 1 where the file is not the one that was read and tested."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["npm", "pack", PACKAGE], cwd=folder, check=True, capture_output=True, text=True)
        with tarfile.open(Path(folder) / done.stdout.split()[-1]) as archive:
            content = _read(archive, f"package/dist/{FILE}")
            licence = _read(archive, "package/LICENSE")
    found = hashlib.sha256(content).hexdigest()
    if found != DIGEST:
        print(f"{PACKAGE}: {FILE} has the digest {found}; expected {DIGEST}", file=sys.stderr)
        return 1
    (FOLDER / FILE).write_bytes(content)
    (FOLDER / "lightweight-charts.LICENSE").write_bytes(licence)
    return 0


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    assert member is not None
    return member.read()


if __name__ == "__main__":
    sys.exit(main())
