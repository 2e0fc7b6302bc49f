"""Pictures of a camera beside its stream: snapshots, and a preview on this box."""
