"""Backups: database and files of one moment, in a folder of parts that a manifest tells of (docs/adr/0010).

`make.make_backup` writes one, `restore.restore_backup` brings one back; `archive` keeps the write-ahead log between.
"""


class BackupRefused(Exception):
    """Nothing was made, or nothing was touched: the sentence says why, and what to do."""
