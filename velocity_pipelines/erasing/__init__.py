"""Erasure of a person on request: found, listed, approved, carried out; and who comes in again is held.

Not here: the destroying itself (`resources.erasing`, `resources.blanking`).
"""
