"""A stand-in for a ComfyUI server: a real process that executes the nodes that need no model, and one that
enlarges where it is started with models.

It keeps queue and history in memory and forgets both when it ends, like the real one; where the real server has a
defect that a client must survive, so has this. It can misbehave on demand below `/_standin`.

Not here: networks, custom nodes, the web page.
"""
