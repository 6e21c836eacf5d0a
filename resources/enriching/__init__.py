"""The life of GPU jobs in Postgres: what is wanted, who works on it, what happened, what was made.

Not here: the worker and its templates (`resources.comfy`, which knows of no jobs), the ops (`assets.enrichment`).
"""
