"""What is true of people and companies: fields, normalising, model, scoring, clustering, ids, survivorship.

No Dagster, no SQLAlchemy, no network, no file system: pure functions on frames and frozen records.
"""
