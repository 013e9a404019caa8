#!/usr/bin/env python3
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes <name>.expected.jsonl beside the captures given as arguments: one record for each entry.

values.log is the CSV of a sample of which the objects were given.

It knows EdgeOne's documentation and this project's attribute contract, and nothing of the Go code.
"""
import datetime
import json
import sys

OUTCOME = {
    "net_exception_peer_close": ("success", "INFO"),
    "net_exception_closed": ("success", "INFO"),
    "channel_eof_exception": ("success", "INFO"),
    "net_exception_timeout": ("failure", "WARN"),
    "net_exception_peer_error": ("failure", "WARN"),
    "create_peer_channel_exception": ("failure", "ERROR"),
}


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc)


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + "%06d000Z" % time.microsecond


def record(entry):
    start, logged = moment(entry["ConnectTimeStamp"]), moment(entry["LogTimeStamp"])
    attributes = {
        "proxy.type": "edgeone",
        "proxy.session.id": entry["SessionID"],
        "proxy.start_time": iso(start),
        "proxy.listener.name": entry["ServiceID"],
        "edgeone.service.id": entry["ServiceID"],
        "edgeone.log.time": iso(logged),
        "client.address": entry["ClientRealIP"],
        "network.type": "ipv6" if ":" in entry["ClientRealIP"] else "ipv4",
        "network.local.address": entry["EdgeIP"],
        "network.local.port": entry["ForwardPort"],
        "server.port": entry["ForwardPort"],
        "network.transport": entry["ForwardProtocol"].lower(),
        "proxy.delta.client.bytes_sent": entry["SentBytes"],
        "proxy.delta.client.bytes_received": entry["ReceivedBytes"],
    }
    if entry["ClientRegion"] != "-":
        attributes["geo.country.iso_code"] = entry["ClientRegion"]
    end, event, severity = logged, "proxy.session.progress", "INFO"
    if entry["DisconnetReason"] != "-":
        direction, reason = entry["DisconnetReason"].split(":")
        end, event = moment(entry["DisconnetTimeStamp"]), "proxy.session.end"
        outcome, severity = OUTCOME[reason]
        attributes["edgeone.disconnect.reason"] = reason
        attributes["proxy.ended_by"] = {"up": "upstream", "down": "client"}[direction]
        attributes["proxy.outcome"] = outcome
        if outcome == "failure":
            attributes["error.type"] = reason
    attributes["proxy.duration"] = (end - start).total_seconds()
    return {"record": {
        "timestamp": iso(end), "event": event, "severity": severity, "attributes": attributes,
        "resource": {"service.name": "edgeone", "cloud.provider": "tencent_cloud"},
    }}


for path in sys.argv[1:]:
    text = open(path, encoding="utf-8").read()
    decoder, position, out = json.JSONDecoder(), 0, []
    while True:
        while position < len(text) and text[position] in " \r\n\t,[]":
            position += 1
        if position == len(text):
            break
        entry, position = decoder.raw_decode(text, position)
        out.append(json.dumps(record(entry), sort_keys=True))
    with open(path.removesuffix(".log") + ".expected.jsonl", "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")
