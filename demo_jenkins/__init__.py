"""A small Jenkins-like controller for demonstrations and tests: real HTTP, real processes.

It shares no code with the client, so that one mistake cannot hide in both.
"""
