"""Letters: what a person or a member is told in writing, in zh or en, as HTML, plain text and PDF.

`compose` is pure: facts in, letter out. `pdf.render` needs Pango and a Chinese font and says so if they are missing.
"""
