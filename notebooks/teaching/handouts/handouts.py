"""The pages to hand out, as PDFs: `python3 lab.py handouts` writes them into handouts/.

    for_students.pdf    quick start, a truncation worksheet for each student, role cards, the questions before and after,
                        the exit ticket
    for_teachers.pdf    the keys to all of them, and the plan of the board

The words stand in handouts.typ, set by Typst; every number is computed here, by the package. Student n's digest is the
one of counter n under the RFCs' own key, so a lost sheet can be made again, and no two students have the same.
"""

import argparse
import json
import sys
from collections.abc import Collection
from pathlib import Path

from totp_teach import hotp
from totp_teach.questions import QUESTIONS

HERE = Path(__file__).parent
KEY = b"12345678901234567890"  # the RFCs' own
FIRST = 100  # the first student's counter: the tables of both RFCs end before it
PAPERS = {"students": "for_students.pdf", "teachers": "for_teachers.pdf"}


def worksheet(number: int) -> dict[str, object]:
    """One student's digest, and every step of what is to be found in it."""
    trace = hotp.trace(KEY, FIRST + number)
    return {
        "number": number,
        "digest": [f"{byte:02x}" for byte in trace.digest],
        "last": f"{trace.digest[-1]:02x}",
        "nibble": f"{trace.digest[-1] & 15:x}",
        "offset": trace.offset,
        "bytes": [f"{byte:02x}" for byte in trace.four_bytes],
        "masked": [f"{byte:02x}" for byte in trace.number.to_bytes(4, "big")],
        "number_in_decimal": trace.number,
        "code": trace.code,
    }


def places() -> list[dict[str, object]]:
    """What one of the eight hex digits is worth, as far as the last six decimal digits go."""
    return [{"power": power, "worth": 16**power % 10**6} for power in range(7, -1, -1)]


def inventory(wanted: Collection[str] = ()) -> list[dict[str, object]]:
    """These questions of the course, or all, with the letter of the right answer and what each answer tells."""
    return [
        {
            "id": question.id,
            "text": question.text,
            "minutes": question.minutes,
            "right": next(letter for letter, answer in zip("ABCD", question.answer) if answer.right),
            "answers": [
                {"letter": letter, "text": answer.text, "reason": answer.reason}
                for letter, answer in zip("ABCD", question.answer)
            ],
        }
        for question in QUESTIONS.values()
        if not wanted or question.id in wanted
    ]


def data(students: int, wanted: Collection[str] = ()) -> dict[str, object]:
    """Everything that the pages say in numbers."""
    return {
        "worksheets": [worksheet(number) for number in range(1, students + 1)],
        "example": worksheet(1 - FIRST),  # counter 1: the course's own example
        "places": places(),
        "questions": inventory(wanted),
    }


def make(folder: Path, students: int, wanted: Collection[str] = ()) -> list[Path]:
    """Write both PDFs into the folder: their paths."""
    import typst

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data(students, wanted), ensure_ascii=False)
    written = []
    for reader, name in PAPERS.items():
        pdf = typst.compile(HERE / "handouts.typ", sys_inputs={"data": text, "for": reader})
        (folder / name).write_bytes(pdf)
        written.append(folder / name)
    return written


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("handouts", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--students", type=int, default=30, metavar="30", help="so many worksheets, each different")
    parser.add_argument(
        "--to", type=Path, default=Path("handouts"), metavar="handouts", help="the folder to write into"
    )
    parser.add_argument("--questions", default="", metavar="00.1,03.2", help="these alone (without it: all)")
    given = parser.parse_args(arguments)
    wanted = list(filter(None, given.questions.replace(" ", "").split(",")))
    if unknown := [number for number in wanted if number not in QUESTIONS]:
        parser.error(f"no such question: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")
    if not 1 <= given.students <= 1000:
        parser.error(f"1 to 1000 students, not {given.students}")
    for path in make(given.to, given.students, wanted):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
