"""The run: states, ledger, following, console, verdict, the run page and the board."""
