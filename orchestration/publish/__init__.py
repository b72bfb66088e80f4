"""Publication: from an audited build database to a release that readers can trust.

A release is complete or absent. Everything is written into a staging folder on the same file
system, synced, reopened and verified, renamed into ``releases/<release_id>/`` and only then does
the ``current`` link move: one rename, last.
"""
