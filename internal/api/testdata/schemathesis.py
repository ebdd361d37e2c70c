"""Tells schemathesis what files of each media type look like.

The server knows a file by its content, which no schema can describe.
"""

import schemathesis
from hypothesis import strategies as st

MP3 = b"\xff\xfb\x90\x00" + bytes(413)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
LINES = b"Ada: How many of your jobs come from referrals?\nSam: About half of them.\n"

for name, files in {
    "text/plain": [LINES, "Größe: 10 µm\n".encode()],
    "text/vtt": [b"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>How many of your jobs come from referrals?\n"],
    "application/x-subrip": [b"1\n00:00:01,000 --> 00:00:04,000\nSam: About half of them.\n"],
    "application/pdf": [b"%PDF-1.4\n1 0 obj\n<</Type /Catalog>>\nendobj\n%%EOF"],
    "audio/mpeg": [MP3 * 2, b"ID3\x03\x00\x00\x00\x00\x00\x00" + MP3],
    "video/mp4": [b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"],
    "image/png": [PNG],
    "image/jpeg": [b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"],
}.items():
    schemathesis.openapi.media_type(name, st.sampled_from(files))

schemathesis.openapi.media_type("application/offset+octet-stream", st.binary(max_size=200))
