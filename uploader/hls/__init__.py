"""HLS in values (RFC 8216): the media playlist, the live window that slides over it, and when its pictures were taken.

Pure: nothing here reads, writes, waits or looks at a clock.
"""
