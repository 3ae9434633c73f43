"""Reads one base64 message a line, writes what Python's email package makes of it as one JSON object a line."""
import base64
import json
import sys
from email import message_from_bytes, policy

for line in sys.stdin:
    message = message_from_bytes(base64.b64decode(line), policy=policy.SMTP)
    defects, parts = [], []
    for part in message.walk():
        defects += [type(d).__name__ for d in part.defects]
        defects += [f"{name}: {type(d).__name__}" for name, value in part.items() for d in value.defects]
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        if part.get_filename() is None:
            parts.append({"type": part.get_content_type(), "text": content.decode(part.get_content_charset())})
        else:
            parts.append({"type": part.get_content_type(), "file": part.get_filename(),
                          "content": base64.b64encode(content).decode()})
    print(json.dumps({
        "subject": str(message["subject"]),
        "from": [[a.display_name, a.addr_spec] for a in message["from"].addresses],
        "to": [[a.display_name, a.addr_spec] for a in message["to"].addresses] if message["to"] else [],
        "defects": defects,
        "parts": parts,
    }), flush=True)
