"""The worker as a service of the system."""
