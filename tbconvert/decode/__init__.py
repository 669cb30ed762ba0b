"""The bytes of an event file → what is in it: the mirror of ``encode``."""
