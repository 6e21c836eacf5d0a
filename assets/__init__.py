"""What we store, and from what: one module a stage, thin adapters around pure functions.

No logic that could be tested without Dagster.
"""
