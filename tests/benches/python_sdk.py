"""Lists all alerts with the Python SDK, or calls it for one policy, as often as it is told to.

Usage: python_sdk.py http://127.0.0.1:PORT
Reads `listing` or `call` from each line of its input, and answers with the seconds that it took.
"""

import sys
import time

import requests
from prismacloud.api import pc_api

# The SDK writes https:// before every address; the server speaks plain http. This is all that is changed about it.
plain = requests.request
requests.request = lambda method, url, **rest: plain(
    method, url.replace("https://", "http://", 1), **rest
)


def listing():
    alerts = pc_api.alert_v2_list_read(body_params={"limit": 10000})
    assert len(alerts) == 100_000, len(alerts)


def call():
    pc_api.policy_read("p-1")


pc_api.configure({"identity": "id", "secret": "secret"})
# `configure` takes this address for that of another product.
pc_api.api = sys.argv[1].removeprefix("http://")
for line in sys.stdin:
    work = {"listing": listing, "call": call}[line.strip()]
    begin = time.perf_counter()
    work()
    print(time.perf_counter() - begin, flush=True)
