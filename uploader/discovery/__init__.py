"""Cameras that nobody wrote down yet: looked for, and proposed as entries of cameras.yaml."""
