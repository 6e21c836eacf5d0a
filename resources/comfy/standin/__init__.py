"""A stand-in for a ComfyUI server: a real process that executes the nodes that need no model.

It keeps queue and history in memory and forgets both when it ends, like the real one. Not here: models, custom nodes.
"""
