"""Why an agent cannot be connected to. Every message says what was found and what to do now."""
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
    """The socket is served by another user, or its agent refused us as another user."""


class NotAnAgent(AgentError):
    """What serves the socket is no agent: it speaks another protocol, or does not answer."""


class OtherProtocol(AgentError):
    """The agent speaks another version of the protocol."""


class AgentRefused(AgentError):
    """The agent refused the connection; the text is its reason."""


class Disconnected(AgentError):
    """A request was made while there was no connection."""
