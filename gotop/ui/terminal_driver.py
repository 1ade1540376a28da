"""Textual's driver of the terminal, made proof against what terminals send.

Input that is not UTF-8 (mouse reports in X10's form beyond column 95, a Latin-1 keyboard), or that Textual's parser
fails on, does not end the monitor: invalid bytes become U+FFFD, and after a failure parsing begins anew.
"""

from __future__ import annotations

import codecs
import os
import select

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

READ = 4096
TICK_S = 0.1
"""How often the parser is asked for keys that it holds back, such as a lone Escape."""


class TerminalDriver(LinuxDriver):
    """As `LinuxDriver`, but no input ends it, and the terminal's own size is the size."""

    def _run_input_thread(self) -> None:
        """Hand what goes wrong to the app as an exception, which tells it; Textual would print pages of frames."""
        try:
            self.run_input_thread()
        except Exception as error:
            self._app.call_later(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read keys and mouse until the screen is left."""
        decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        parser = XTermParser(self._debug)
        while not self.exit_event.is_set():
            readable = select.select([self.fileno], [], [], TICK_S)[0]
            data = os.read(self.fileno, READ) if readable else b""
            if readable and not data:  # its end, and from now on at once every time
                self.exit_event.wait(TICK_S)
                continue
            parser = self._parse(parser, decode(data))

    def _parse(self, parser: XTermParser, text: str) -> XTermParser:
        """Pass on what `text` means, and return the parser to go on with."""
        try:
            for event in [*(parser.feed(text) if text else ()), *parser.tick()]:
                self.process_message(event)
        except Exception:
            # Numbers that are no characters, sizes of 0 …: a parser that has raised takes nothing any more.
            return XTermParser(self._debug)
        return parser

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return columns and lines: of the terminal if it tells, otherwise as COLUMNS and LINES say."""
        for number in (self.fileno, 2):  # Textual reads from stdin and draws on stderr
            try:
                size = os.get_terminal_size(number)
            except OSError:
                continue
            if size.columns and size.lines:
                return size.columns, size.lines
        return super()._get_terminal_size()
