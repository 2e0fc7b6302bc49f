"""One camera's FFmpeg kept running: what has to be seen, waited for and told."""
