"""Destroying an erased person's values wherever they stand, from what the entry of the erasure says and the key.

Every step may be done again: what was done is left as it is, so that a killed erasure is continued.

Not here: which rows are the person's, and the order of the steps (`velocity_pipelines.erasing`).
"""
