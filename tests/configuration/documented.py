"""The cameras.yaml that is documented, and what is said of one."""

from __future__ import annotations

from textwrap import dedent

from uploader.configuration.cameras import parse

DOCUMENTED = """\
- id: "cam_floor"
  name: "Floor Camera"
  rtsp_url: "rtsp://localhost:8554/cam1"  # Or IP camera URL
  use_case: "live_stream"
  enabled: true
  
  settings:
    target_width: 854             # Output width (480p = 854x480)
    target_fps: 15                # Frames per second
    segment_duration: 2           # Seconds per HLS segment
    segments_to_keep: 5           # Rolling window size
"""  # noqa: W293


def problems(text: str | bytes) -> list[str]:
    """What the messages say, without the name of the file."""
    file = parse(dedent(text) if isinstance(text, str) else text)
    return [str(problem).removeprefix("cameras.yaml:") for problem in file.problems]
