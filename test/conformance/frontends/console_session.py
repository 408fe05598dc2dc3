"""A person at `jupyter console`, played in a pseudo-terminal.  Usage: console_session.py KERNEL"""
import re
import sys

import pexpect
from checks import check, tell

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07")
PROMPT = re.compile(r"In \[(\d+)\]:")


class Console:
    def __init__(self, kernel: str):
        args = ["-m", "jupyter_console", "--kernel", kernel, "--ZMQTerminalInteractiveShell.highlighting_style=bw"]
        self.child = pexpect.spawn(sys.executable, args, encoding="utf-8", timeout=20, dimensions=(40, 120))
        # A terminal answers the question where the cursor stands; nobody does that for a pseudo-terminal.
        self.seen = ""

    def until(self, pattern: str, timeout: float = 20) -> str:
        """What appears up to the pattern, escapes taken out. The cursor's place is told whenever it is asked for."""
        import time

        end = time.monotonic() + timeout
        while True:
            plain = ESCAPES.sub("", self.seen)
            found = re.search(pattern, plain)
            if found:
                self.seen = plain[found.end():]
                return plain[: found.end()]
            if time.monotonic() > end:
                raise TimeoutError(f"{pattern!r} did not appear in {timeout} s, but {plain[-600:]!r}")
            try:
                chunk = self.child.read_nonblocking(4096, timeout=0.2)
            except pexpect.TIMEOUT:
                continue
            if "\x1b[6n" in chunk:
                self.child.send("\x1b[1;1R")
            self.seen += chunk

    def type(self, text: str) -> None:
        self.child.send(text)

    def enter(self, text: str) -> None:
        self.child.send(text)
        self.until(re.escape(text[-8:]))
        self.child.send("\r")


def main(kernel: str) -> None:
    console = Console(kernel)

    def starts():
        shown = console.until(r"In \[1\]:", timeout=60)
        assert "TypeScript" in shown, f"no banner: {shown!r}"

    # What is waited for must not stand in what is typed: the terminal shows that too.
    def runs():
        console.enter("1 + 1")
        console.until(r"Out\[1\]: *2")
        console.until(r"In \[2\]:")

    def continues():
        console.enter("function twice(n: number) {")
        console.until(r"\.\.\.:")
        console.type("return 2 * n\r}\r")
        console.until(r"In \[3\]:")
        console.enter("twice(21)")
        console.until(r"Out\[3\]: *42")
        console.until(r"In \[4\]:")

    def completes():
        console.type("Math.hyp\t")
        console.until(r"hypot")
        console.type("(3, 4)\r")
        console.until(r"Out\[4\]: *5")
        console.until(r"In \[5\]:")

    def answers():
        console.enter("const who = await input('your' + ' name? '); 'hello ' + who")
        console.until(r"your name\?")
        console.type("Ada\r")
        console.until(r"Out\[5\]: *'hello Ada'")
        console.until(r"In \[6\]:")

    def prints():
        console.enter("console.log('pri' + 'nted'); console.error('war' + 'ned')")
        console.until(r"printed")
        console.until(r"warned")
        console.until(r"In \[7\]:")

    def fails():
        console.enter("missingName")
        console.until(r"ReferenceError.*missingName")
        console.until(r"In \[8\]:")

    def interrupts():
        console.enter("let steps = 0; console.log('g' + 'o'); while (true) steps++")
        console.until(r"go\r?\n")
        console.child.sendintr()
        console.until(r"[Ii]nterrupt")
        console.until(r"In \[9\]:")
        console.enter("steps > 1000")
        console.until(r"Out\[9\]: *true")
        console.until(r"In \[10\]:")

    def exits():
        console.type("\x04")
        console.until(r"[Dd]o you really want to exit|\[y\]")
        console.type("y\r")
        try:
            console.child.expect(pexpect.EOF, timeout=15)
        finally:
            console.child.close()

    try:
        check("starts with a banner", starts)
        check("runs a line and shows its result", runs)
        check("asks for more of what is not complete", continues)
        check("completes by Tab", completes)
        check("hands an answer to input()", answers)
        check("shows what is printed", prints)
        check("shows an error", fails)
        check("interrupts by Ctrl-C and keeps the state", interrupts)
        check("ends", exits)
    finally:
        if console.child.isalive():
            tell("leaves no process", f"still alive; last seen: {console.seen[-300:]!r}")
            console.child.close(force=True)


main(sys.argv[1])
