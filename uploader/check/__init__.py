"""`check`: looks at everything a stream needs, in order, and says what is wrong and what to do.

What is looked at (settings, clock, store, uplink, cameras) becomes facts; the verdicts turn facts into findings.
"""
