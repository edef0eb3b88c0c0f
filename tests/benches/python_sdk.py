"""Lists all alerts with the Python SDK and calls it for one policy.

Usage: python_sdk.py http://127.0.0.1:PORT
Prints alerts per second (median of five listings) and microseconds for a call (median of 300).
"""

import statistics
import sys
import time

import requests
from prismacloud.api import pc_api

# The SDK writes https:// before every address; the server speaks plain http. This is all that is changed about it.
plain = requests.request
requests.request = lambda method, url, **rest: plain(
    method, url.replace("https://", "http://", 1), **rest
)


def timed(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def listing():
    took, alerts = timed(lambda: pc_api.alert_v2_list_read(body_params={"limit": 10000}))
    assert len(alerts) == 100_000, len(alerts)
    return took


pc_api.configure({"identity": "id", "secret": "secret"})
# `configure` takes this address for that of another product.
pc_api.api = sys.argv[1].removeprefix("http://")
listing()
rate = 100_000 / statistics.median(listing() for _ in range(5))
call = statistics.median(timed(lambda: pc_api.policy_read("p-1"))[0] for _ in range(300))
print(rate, call * 1e6)
