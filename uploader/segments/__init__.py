"""FFmpeg's output on its way to the publisher: media segments, finished or while they are made."""
