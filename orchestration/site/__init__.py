"""The open portal (clause 6): a static web site made from the open product alone.

``open/site/`` of a release; any web server or folder share can serve it, and it asks nothing of
another host::

    *.html              the pages in Chinese
    en/*.html           the same pages in English
    changes.atom        what the last thirty days' releases showed or changed, and is still public
    assets/             style sheet, scripts, the chart library (vendor/, with its licence)
    data/<list>/<n>.js      the rows of a list in its own order, `CHUNK_ROWS` to a file
    data/subjects/<n>.js    every open line of the subjects whose identifier hashes to ``n``
    data/repaired/<n>.js    their repair announcements, which lie nowhere else but in the list
    data/grams/<n>.js       two-character pieces of names, with the ordinals of the names
    data/names/<n>.js       names and identifiers by ordinal
    data/codes/<n>.js       identifiers in order, with ordinals; directory.js has each file's first
    data/feed.json          the entries of the feed, carried on by the next release

The data files are scripts that hand one JSON value to the page, because a page of a folder share
may load scripts beside it but not fetch files. Nothing in them depends on the machine or the hour:
the same open product and the same previous site give the same bytes.
"""

from orchestration.site.write import site, write_site

__all__ = ["site", "write_site"]
