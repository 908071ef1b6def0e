"""The figures that Runboard holds itself to; `make bench` runs each script."""
