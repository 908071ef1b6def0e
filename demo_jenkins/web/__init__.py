"""The controller's HTTP side: from a request's path to an answer like Jenkins gives."""
