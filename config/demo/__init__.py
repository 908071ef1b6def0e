"""`make demo`: everything Runboard needs, on this machine, in one terminal."""
