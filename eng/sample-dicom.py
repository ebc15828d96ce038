#!/usr/bin/env python3
"""sample-dicom.py GRAY.png OUT.dcm: a DICOM file with the picture's pixels, for a sample that is nobody's image.

12 of 16 bits, MONOCHROME2, a VOI window, Pixel Spacing; explicit little endian, uncompressed; the same input gives the same bytes.
models/sample-dicom/phantom.dcm was made so:

    cxr-lab phantom --out /tmp/sample --hospital a --seed 1 --first 2000139 --count 1 --size 384x450
    eng/sample-dicom.py /tmp/sample/images/hospital-a-1-2000139.png models/sample-dicom/phantom.dcm
"""

import struct
import sys
import zlib

# Below 2.25 there is a UUID (RFC 4122) in decimal: a root that nobody has to give out.
ROOT = "2.25.231430218640203361942873513318640510"
CR_STORAGE = "1.2.840.10008.5.1.4.1.1.1"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
LONG = {"OB", "OW", "SQ", "UN", "UT"}


def gray_png(path: str) -> tuple[int, int, bytes]:
    """Width, height and rows of an 8-bit grayscale PNG without interlacing."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "not a PNG"
    at, packed = 8, b""
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            assert (depth, colour, interlace) == (8, 0, 0), "want 8-bit gray, not interlaced"
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    raw, rows, before = zlib.decompress(packed), bytearray(), bytearray(width)
    for y in range(height):
        kind, line = raw[y * (width + 1)], bytearray(raw[y * (width + 1) + 1 : (y + 1) * (width + 1)])
        for x in range(width):
            left, up, corner = line[x - 1] if x else 0, before[x], before[x - 1] if x else 0
            estimate = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(estimate - value))
            line[x] = (line[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
        rows += line
        before = line
    return width, height, bytes(rows)


def element(group: int, number: int, vr: str, value: bytes) -> bytes:
    """One data element, explicit VR little endian, padded to an even length."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB") else b" "
    head = struct.pack("<HH", group, number) + vr.encode()
    return head + (struct.pack("<HI", 0, len(value)) if vr in LONG else struct.pack("<H", len(value))) + value


def text(group: int, number: int, vr: str, value: str) -> bytes:
    return element(group, number, vr, value.encode("ascii"))


def short(group: int, number: int, value: int) -> bytes:
    return element(group, number, "US", struct.pack("<H", value))


def main(source: str, target: str) -> None:
    width, height, rows = gray_png(source)
    pixels = struct.pack(f"<{len(rows)}H", *(value * 4095 // 255 for value in rows))
    instance = ROOT + ".1"
    meta = (
        element(2, 1, "OB", b"\0\1")
        + text(2, 2, "UI", CR_STORAGE)
        + text(2, 3, "UI", instance)
        + text(2, 0x10, "UI", EXPLICIT_LITTLE_ENDIAN)
        + text(2, 0x12, "UI", ROOT)
    )
    data = (
        text(8, 8, "CS", "DERIVED\\PRIMARY")
        + text(8, 0x16, "UI", CR_STORAGE)
        + text(8, 0x18, "UI", instance)
        + text(8, 0x60, "CS", "CR")
        + text(8, 0x68, "CS", "FOR PRESENTATION")
        + text(8, 0x70, "LO", "CxrOnnx phantom")
        + text(0x10, 0x10, "PN", "Phantom^Synthetic")
        + text(0x10, 0x20, "LO", "NOBODY")
        + text(0x18, 0x15, "CS", "CHEST")
        + text(0x18, 0x5101, "CS", "PA")
        + text(0x20, 0xD, "UI", ROOT + ".2")
        + text(0x20, 0xE, "UI", ROOT + ".3")
        + text(0x20, 0x20, "CS", "L\\F")
        + short(0x28, 2, 1)
        + text(0x28, 4, "CS", "MONOCHROME2")
        + short(0x28, 0x10, height)
        + short(0x28, 0x11, width)
        + text(0x28, 0x30, "DS", "0.8\\0.8")
        + short(0x28, 0x100, 16)
        + short(0x28, 0x101, 12)
        + short(0x28, 0x102, 11)
        + short(0x28, 0x103, 0)
        + text(0x28, 0x301, "CS", "NO")
        + text(0x28, 0x1050, "DS", "2048")
        + text(0x28, 0x1051, "DS", "4096")
        + text(0x28, 0x1056, "CS", "LINEAR")
        + text(0x2050, 0x20, "CS", "IDENTITY")
        + element(0x7FE0, 0x10, "OW", pixels)
    )
    group_length = struct.pack("<I", len(meta))
    with open(target, "wb") as file:
        file.write(b"\0" * 128 + b"DICM" + element(2, 0, "UL", group_length) + meta + data)


if __name__ == "__main__":
    main(*sys.argv[1:])
