"""Rounds in which service, agent or viewer is killed at a random moment of run, attach or leave, under load.

`rounds` has what happens in a round, `aftermath` what must hold after it, `place` where a worker's rounds take place.
`tests/faults/test_steps.py` kills at each system call of the agent's instead, without load.
"""
