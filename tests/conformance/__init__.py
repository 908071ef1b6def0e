"""Jenkins's remote API, asked row by row in plain HTTP: of a demo controller, or of a real one.

Nothing here knows our client or who answers. The rows are those of docs/jenkins-http-contract.md.
`make test` asks a demo controller; `make live` asks whatever controller one names.
"""
