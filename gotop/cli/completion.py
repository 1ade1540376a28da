"""The `completion` command."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from gotop.cli import output

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_GOTOP_COMPLETE"
"""Tells gotop to complete instead of running; click derives it from the program's name."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the code with which a shell completes gotop's commands and options.

    \b
      bash: eval "$(gotop completion bash)"   in ~/.bashrc
      zsh:  eval "$(gotop completion zsh)"    in ~/.zshrc
      fish: gotop completion fish > ~/.config/fish/completions/gotop.fish
    """
    made = get_completion_class(shell)
    assert made is not None
    # Not its own `source`, which for bash asks the bash on PATH for its version: it need not be here.
    output.write_text(ShellComplete.source(made(context.find_root().command, {}, "gotop", VARIABLE)))
    return 0
