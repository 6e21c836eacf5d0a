"""What must hold: pandera contracts and the checks that assets and gates report.

No reading or writing of stores.
"""
