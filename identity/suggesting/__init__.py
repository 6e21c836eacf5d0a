"""A proposed mapping for a table that no shipped mapping fits: by the words of its header and by its values.

Not here: mappings that are known (`identity.profiles`).
"""

from identity.suggesting.proposal import Column, Proposal, propose

__all__ = ["Column", "Proposal", "propose"]
