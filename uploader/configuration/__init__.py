"""What was typed and set: cameras.yaml, .env and the environment, validated, in values."""
