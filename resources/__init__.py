"""Who we talk to: Postgres, storage root, file formats, the Comfy worker.

No judgement about people or companies, no Dagster assets.
"""
