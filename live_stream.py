"""Storefeed: any RTSP camera, live in any browser, through nothing but a storage bucket.

python live_stream.py --camera cam_floor
"""

import os
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  (this line runs where the rest does not)
    sys.stderr.write(
        "Storefeed needs Python 3.11 or newer; this is {}.{}. "
        "Install one (Ubuntu 22.04: 'sudo apt install python3.11 python3.11-venv') and start with scripts/run, "
        "which finds it.\n".format(*sys.version_info[:2])
    )
    sys.exit(2)

try:
    from uploader.commands import main
except ModuleNotFoundError as missing:
    if str(missing.name).startswith("uploader"):
        raise
    # Another Python than the one that scripts/run has prepared.
    prepared = Path(__file__).resolve().parent / ".venv"
    python = prepared / "bin/python"
    if python.is_file() and Path(sys.prefix).resolve() != prepared.resolve():
        os.execv(python, [str(python), *sys.argv])  # noqa: S606  (no shell is wanted)
    sys.stderr.write(
        f"Storefeed's libraries are missing here ({missing.name}). "
        "Put scripts/run in the place of 'python live_stream.py': it brings them.\n"
    )
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main())
