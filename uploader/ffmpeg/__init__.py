"""FFmpeg as a program: which one, what it is told, what it reports, why it ended."""
