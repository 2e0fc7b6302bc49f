"""What a camera sends, and how its video and sound are made into a stream because of it."""
