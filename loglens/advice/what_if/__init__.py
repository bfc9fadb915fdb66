"""What the recommended rate or schedule would have given, and what was lost: the door of this room.

`what_if` answers for one run by itself; `supplied` answers again for those whose log lacks what another run of the same
folder shows. `lost` counts what ran in vain.
"""

from loglens.advice.what_if.lost import lost
from loglens.advice.what_if.siblings import supplied
from loglens.advice.what_if.verdict import what_if

__all__ = ["lost", "supplied", "what_if"]
