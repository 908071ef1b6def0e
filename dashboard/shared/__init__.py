"""What every room uses: htmx, keyset pages, secrets, nudges, icons."""
