"""From a form to a queue item, and what a person decides about a lost answer."""
