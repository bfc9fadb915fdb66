"""Logs and reports that lie elsewhere: `s3://`, `gs://`, `az://`, `hf://`, `ssh://` and what else fsspec reaches.

Readers work on local files; what is remote is mirrored into a folder first, and only what has grown since is fetched
again. Credentials are the ecosystem's own (environment, `~/.aws`, ...); none is ever written anywhere.
"""

from loglens.remote.mirror import Mirror, fetched
from loglens.remote.places import is_remote, url_of
from loglens.remote.upload import upload_text

__all__ = ["Mirror", "fetched", "is_remote", "upload_text", "url_of"]
