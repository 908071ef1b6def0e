"""Jenkins's JSON to records. Pure; ``WrongShape`` where an answer is not what was asked for.

Beside each reader stands the ``tree=`` that asks for exactly its fields (contract 3).
"""
