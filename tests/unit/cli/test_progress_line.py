import io

from ingot.cli.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_there_is_one_line_and_then_none(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    line = ProgressLine(stream)
    line("waiting (0 s)")
    line("a line that is far too long for this terminal")
    line.clear()
    line.clear()
    assert stream.getvalue() == "\r\x1b[2Kwaiting (0 s)\r\x1b[2Ka line that is far \r\x1b[2K"


def test_elsewhere_a_line_is_printed_when_it_says_something_new():
    stream = io.StringIO()
    line = ProgressLine(stream)
    for text in ("submitted (0 s)", "pending (1 s)", "pending (3 s)", "pending (7 s)", "done"):
        line(text)
    line.clear()
    assert stream.getvalue() == "submitted\npending\ndone\n"
