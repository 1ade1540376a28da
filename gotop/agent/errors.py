"""Why there is no talking to an agent. Every message says what was found and what to do now."""
# ruff: noqa: N818  (named for what was found)

from __future__ import annotations


class AgentError(Exception):
    """Anything that keeps a viewer from an agent; `str()` of it is fit for a terminal."""


class SocketMissing(AgentError):
    """No such file."""


class NotASocket(AgentError):
    """A file, but no socket."""


class NobodyServes(AgentError):
    """A socket that a dead agent left behind."""


class SocketDenied(AgentError):
    """The system will not let us connect."""


class NotOurs(AgentError):
    """Who serves it is another user, or says that we are."""


class NotAnAgent(AgentError):
    """What answers speaks something else, or nothing."""


class OtherProtocol(AgentError):
    """An agent of another gotop."""


class AgentRefused(AgentError):
    """The agent's own reason."""


class Disconnected(AgentError):
    """There is no connection to say that on."""
