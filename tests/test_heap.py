"""What large bodies leave behind."""

from __future__ import annotations

import subprocess
import sys

# A first body, then many that have small things between them which stay.
STORY = """
from uploader.heap import return_large_blocks
def resident(): return int(open("/proc/self/statm").read().split()[1]) * 4096
return_large_blocks()
bytearray(500_000)
before = resident()
bodies, small = [], []
for _ in range(20):
    bodies.append(bytearray(400_000))
    small.append(bytearray(600))
bodies.clear()
print(resident() - before)
"""


def test_bodies_that_are_gone_leave_nothing_resident() -> None:
    told = subprocess.run((sys.executable, "-c", STORY), capture_output=True, check=True).stdout
    assert int(told) < 1_000_000  # on a heap with holes: 8 MB
