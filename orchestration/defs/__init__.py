"""Everything that imports Dagster: assets, checks, jobs, schedules, sensors - thin wrappers."""

import warnings

# Dagster's version is pinned exactly, so what is beta in it cannot change unnoticed.
warnings.filterwarnings("ignore", message=r".* is currently in (beta|preview)")
