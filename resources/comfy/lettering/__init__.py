"""Text of any script as pixels, by fonts and a shaper that come with the package: no machine's fonts, no raqm.

Pillow shapes text only where the machine happens to have fribidi, and would draw Arabic letter by letter elsewhere.

Not here: where text stands on a picture (`resources.comfy.card`, `resources.comfy.avatar`).
"""

from resources.comfy.lettering.letters import legible
from resources.comfy.lettering.line import Line, fitted

__all__ = ["Line", "fitted", "legible"]
