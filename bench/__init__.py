"""Measures tbconvert against the figures it is to reach: ``make bench``."""
