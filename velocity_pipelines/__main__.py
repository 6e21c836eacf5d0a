"""`python -m velocity_pipelines`: the command line where no console script is installed, as in the image.

Not here: any command (`velocity_pipelines.cli`).
"""

from velocity_pipelines.cli import main

main()
