"""Signs many odd requests with botocore and prints one JSON object a line: what arrives at a server, header by header."""
import base64
import json
import random
import sys
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

seed, count, key, secret, region = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
rng = random.Random(seed)
alphabet = "abcXYZ019-_.~ :/@+%&=?#[]!$'()*,;ä✓\"<>|^`{}\\"


def text(most):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(1, most)))


def label():
    # A segment of dots alone is no label that an SDK sends.
    value = text(30)
    return quote(value if value.strip(".") else "x", safe="-_.~")


for number in range(count):
    path = "/v2/email/" + "/".join(label() for _ in range(rng.randrange(1, 5)))
    if rng.random() < 0.1:
        path += "/"
    url = "http://127.0.0.1:%d%s" % (rng.randrange(1024, 65535), path)
    if rng.random() < 0.5:
        url += "?" + urlencode([(text(6), text(12)) for _ in range(rng.randrange(1, 6))], quote_via=quote, safe="-_.~")
    body = bytes(rng.randrange(256) for _ in range(rng.choice([0, 1, 17, 500, 4000])))
    headers = {"Content-Type": "application/json", "X-Amz-User-Agent": "odd   agent  " + str(number)}
    if rng.random() < 0.5:
        headers["amz-sdk-request"] = "  attempt=1;  max=3 "
    method = rng.choice(["GET", "POST", "PUT", "DELETE"])
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    if rng.random() < 0.7:
        import hashlib
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    SigV4Auth(Credentials(key, secret), "ses", region).add_auth(request)
    sent = {name: value if isinstance(value, str) else value.decode() for name, value in request.headers.items()}
    sent["Host"] = url.split("/")[2]
    print(json.dumps({"method": method, "target": "/" + url.split("/", 3)[3], "headers": sent, "body": base64.b64encode(body).decode()}))
