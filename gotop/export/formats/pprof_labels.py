"""Who allocates as a profile for go tool pprof: a sample for each set of pprof labels and `go` statement.

The agent counts labels and creators in pairs and not by stack, so the only frame of a sample is the `go` statement.
"""

from __future__ import annotations

from dataclasses import replace

from gotop.export.formats.pprof import ProfileWriter
from gotop.export.profile import Call, session_profile
from gotop.export.registry import Exporter, Selection, register
from gotop.model.session import Session
from gotop.model.values import Frame


def make(session: Session, selection: Selection) -> bytes:
    """Return the profile; empty where labels were not counted (`--by labels`)."""
    counted = session.attribution
    profile = session_profile(session, selection.window)
    if counted.since is not None:
        profile = replace(profile, begin_unix=session.unix_time(counted.since / 1e9), seconds=counted.seconds)
    else:
        profile = replace(profile, notes=("labels were not counted: --by labels counts them",))
    out = ProfileWriter(profile)
    for each in counted.pairs():
        frame = Frame(each.creator.function, each.creator.file, each.creator.line, False)
        labels = dict(each.labels.labels) or {"labels": each.labels.text}
        out.sample([Call(0, (frame,))], each.allocs, each.bytes, labels)
    return out.packed()


register(Exporter("pprof-labels", "a profile of pprof labels and go statements", "labels.pb.gz", make, binary=True))
