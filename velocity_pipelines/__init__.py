"""When, and together with what: definitions, jobs, schedules, sensors, settings, command line.

No rules about people or companies, no SQL, no reading of formats.
"""
