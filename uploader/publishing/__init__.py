"""Segments into the store, the playlist after them; what nobody can see any more out of it."""
