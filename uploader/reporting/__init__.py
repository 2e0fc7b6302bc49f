"""What the worker says of itself: status, figures, journal, metrics."""
