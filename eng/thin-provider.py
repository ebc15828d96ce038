"""Zeroes the machine code of other GPUs in a shared library, in place, so that an archive of it gets small.

Usage: thin-provider.py LIBRARY ARCHITECTURE[,ARCHITECTURE]      (90 = H100 and H200)

nvcc embeds "fat binaries": a header of 16 bytes (magic, version, size of the header, size of what follows), then entries, each with a
header of its own that says kind (1 = PTX, 2 = machine code), size and architecture.
"""

import struct
import sys

MAGIC = 0xBA55ED50
MACHINE_CODE = 2


def thin(image: bytearray, keep: set[int]) -> tuple[int, int]:
    """Returns the bytes kept and the bytes zeroed."""
    kept = zeroed = position = 0
    while (position := image.find(struct.pack("<I", MAGIC), position)) >= 0:
        _, version, header, size = struct.unpack_from("<IHHQ", image, position)
        end = position + header + size
        if version != 1 or header != 16 or end > len(image):
            position += 4
            continue
        entry = position + header
        while entry < end:
            kind, _, own_header, own_size = struct.unpack_from("<HHIQ", image, entry)
            architecture = struct.unpack_from("<I", image, entry + 28)[0]
            body = entry + own_header
            if own_header == 0 or body + own_size > end:
                raise SystemExit(f"an entry at {entry} does not end within its binary: not a layout that this script knows")
            if kind == MACHINE_CODE and architecture in keep:
                kept += own_size
            else:
                image[body : body + own_size] = bytes(own_size)
                zeroed += own_size
            entry = body + own_size
        position = end
    return kept, zeroed


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    path, architectures = sys.argv[1], {int(text) for text in sys.argv[2].split(",")}
    with open(path, "rb") as file:
        image = bytearray(file.read())
    kept, zeroed = thin(image, architectures)
    if kept == 0:
        raise SystemExit(f"{path}: no machine code for {sorted(architectures)}; nothing was changed")
    with open(path, "wb") as file:
        file.write(image)
    print(f"{path}: kept {kept >> 20} MiB of machine code, zeroed {zeroed >> 20} MiB")


if __name__ == "__main__":
    main()
