"""Storefeed: any RTSP camera, live in any browser, through nothing but a storage bucket.

python live_stream.py --camera cam_floor
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this line runs where the rest does not)
    sys.stderr.write(
        "Storefeed needs Python 3.11 or newer; this is {}.{}. "
        "Install one (Ubuntu 22.04: 'sudo apt install python3.11 python3.11-venv') and start with scripts/run, "
        "which finds it.\n".format(*sys.version_info[:2])
    )
    sys.exit(2)

from uploader.commands import main

if __name__ == "__main__":
    sys.exit(main())
