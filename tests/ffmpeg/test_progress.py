"""FFmpeg's reports become numbers."""

from __future__ import annotations

from uploader.ffmpeg.progress import Progress


def test_progress_is_read_line_by_line() -> None:
    progress = Progress()
    for line in ["frame=31", "fps=15.1", "out_time_us=N/A", "out_time_us=2066667", "dup_frames=2", "hm", ""]:
        progress = progress.read(line)
    assert progress == Progress(out_time=2.066667, frames=31, duplicated=2)
