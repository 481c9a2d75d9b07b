"""The picture of a code: well-formed, to scale, self-contained, and of the very text."""

import re
from xml.etree import ElementTree as ET

import pytest
import segno

from countinghouse_aws.rendering.qr_image import qr_svg

TEXT = "00020101021226370009SG.PAYNOW010120210201207337D6304F832"


def dark_modules(svg: bytes) -> tuple[int, set[tuple[int, int]]]:
    """The picture's side in modules and where it is dark, read off its strokes."""
    root = ET.fromstring(svg)  # noqa: S314 - our own bytes
    side = int(root.attrib["viewBox"].split()[2])
    line = next(p for p in root.iter() if p.attrib.get("class") == "qrline")
    found, x, y = set(), 0, -1
    for command, values in re.findall(r"([Mmh])([-\d. ]+)", line.attrib["d"].replace("-", " -")):
        numbers = [float(value) for value in values.split()]
        if command == "h":
            length = int(numbers[0])
            found |= {(step, y) for step in range(x, x + length)}
            x += length
        elif command == "M":
            x, y = int(numbers[0]), int(numbers[1])
        else:
            x, y = x + int(numbers[0]), y + int(numbers[1])
    return side, found


@pytest.mark.parametrize("text", [TEXT, "upi://pay?pa=a@b&am=1.00&cu=INR", "x" * 512, "最佳运输"])
def test_the_picture_holds_the_code_with_white_all_around(text: str) -> None:
    side, dark = dark_modules(qr_svg(text))
    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix

    assert side == len(matrix) + 2 * 4
    assert {(x - 4, y - 4) for x, y in dark} == {
        (x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module
    }


def test_it_scales_and_refers_to_nothing_outside() -> None:
    svg = qr_svg(TEXT).decode()
    root = ET.fromstring(svg)  # noqa: S314 - our own bytes

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not {"width", "height"} & root.attrib.keys()
    assert svg.count("http") == 1, "the namespace alone"
    assert "<script" not in svg


def test_the_same_text_is_the_same_bytes_and_another_text_others() -> None:
    assert qr_svg(TEXT) == qr_svg(TEXT) != qr_svg(TEXT[:-1] + "3")


def test_text_is_never_markup() -> None:
    assert b"alert" not in qr_svg('"><script>alert(1)</script>')
