"""A small PDF: one page of text."""

TOP, LEFT, LEADING, SIZE = 780, 56, 18, 11


def page(lines: list[str]) -> bytes:
    """Return a PDF of one A4 page with these lines; characters outside Latin-1 become question marks."""
    shown = [f"({_escaped(line)}) Tj T*" for line in lines[:40]]
    text = "\n".join([f"BT /F1 {SIZE} Tf {LEADING} TL {LEFT} {TOP} Td", *shown, "ET"]).encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    written = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    return written + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\()" else char for char in text if char.isprintable())
