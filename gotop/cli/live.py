"""The feed of a running service: the agent's stream, named and recorded on its way, and the few things one can ask for.

Where gotop started the service, it also answers for its end: when the agent is killed, the service goes on without
figures, and can still be stopped and waited for.
"""
