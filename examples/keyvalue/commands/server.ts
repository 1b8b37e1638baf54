/** Commands about the server. */
import { exit, monotonicTime } from "pollux/assembly";
import { isWord } from "../bytes";
import { channelCount, patternCount } from "../channels";
import { calls, commands, define, FOR_SUBSCRIBERS, GROWS, IS_CONTAINER } from "../command-table";
import { count as deadlineCount } from "../deadlines";
import { clients, dataset } from "../memory";
import { matches } from "../pattern";
import * as reply from "../reply";
import { Session } from "../session";
import {
  CLIENT_OUTPUT_BUFFER_LIMIT,
  CLIENT_QUERY_BUFFER_LIMIT,
  MAXCLIENTS,
  MAXMEMORY_CLIENTS,
  PROTO_MAX_BULK_LEN,
} from "../settings";
import * as statistics from "../statistics";
import { entries, expired, hits, misses } from "../store";
import * as words from "../words";
import { word } from "../words";
import { syntaxError } from "./checks";

const PAGE: u64 = 65_536;
const UNITS: string[] = ["B", "K", "M", "G"];

define("info", -1, 0, (_session: Session): void => {
  reply.text(
    section("server", server()) +
      section("clients", clientsInfo()) +
      section("memory", memoryInfo()) +
      section("stats", stats()) +
      section("keyspace", keyspace()),
  );
});
define("config", -2, IS_CONTAINER, (_session: Session): void => {});
define("config|get", -3, 0, (_session: Session): void => {
  getSettings();
});
define("command", -1, IS_CONTAINER, (_session: Session): void => {
  describeCommands();
});
define("command|count", 2, 0, (_session: Session): void => {
  let count = 0;
  for (let index = 0; index < commands.length; index++) if (isShown(index)) count++;
  reply.integer(count);
});
define("shutdown", -1, 0, (_session: Session): void => {
  const hasMode = words.count == 2 && (isWord(word(1), "save") || isWord(word(1), "nosave"));
  if (words.count == 1 || hasMode) exit(0);
  else syntaxError();
});

/** A section of INFO, if it is asked for; without arguments all are. */
function section(name: string, lines: string[]): string {
  let isAsked: bool = words.count == 1;
  for (let index = 1; index < words.count; index++) {
    const asked = word(index);
    isAsked =
      isAsked || isWord(asked, name) || isWord(asked, "all") || isWord(asked, "default") || isWord(asked, "everything");
  }
  if (!isAsked) return "";
  const title = name.charAt(0).toUpperCase() + name.substring(1);
  return `# ${title}\r\n${lines.join("\r\n")}\r\n\r\n`;
}

function server(): string[] {
  return [
    "redis_version:7.0.15",
    "server_name:pollux-keyvalue",
    `uptime_in_seconds:${<i64>(monotonicTime() - statistics.began) / 1000}`,
  ];
}

function clientsInfo(): string[] {
  return [`connected_clients:${statistics.connected}`, `maxclients:${MAXCLIENTS}`, "blocked_clients:0"];
}

function memoryInfo(): string[] {
  const used = dataset.used + clients.used;
  return [
    `used_memory:${used}`,
    `used_memory_human:${human(used)}`,
    `used_memory_rss:${<u64>memory.size() * PAGE}`,
    `used_memory_dataset:${dataset.used}`,
    `mem_clients_normal:${clients.used}`,
    `maxmemory:${dataset.limit}`,
    `maxmemory_human:${human(dataset.limit)}`,
    "maxmemory_policy:noeviction",
  ];
}

function stats(): string[] {
  return [
    `total_connections_received:${statistics.accepted}`,
    `total_commands_processed:${calls}`,
    `rejected_connections:${statistics.rejected}`,
    `expired_keys:${expired}`,
    `keyspace_hits:${hits}`,
    `keyspace_misses:${misses}`,
    `pubsub_channels:${channelCount()}`,
    `pubsub_patterns:${patternCount()}`,
  ];
}

function keyspace(): string[] {
  return entries.size == 0 ? [] : [`db0:keys=${entries.size},expires=${deadlineCount},avg_ttl=0`];
}

/** As Redis: `1.50M`. */
function human(size: u64): string {
  let unit = 0;
  let value = <f64>size;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  if (unit == 0) return `${size}B`;
  const hundredths = <u64>Math.round(value * 100);
  return `${hundredths / 100}.${(hundredths % 100).toString().padStart(2, "0")}${UNITS[unit]}`;
}

function settings(): string[][] {
  const output = CLIENT_OUTPUT_BUFFER_LIMIT.toString();
  return [
    ["appendonly", "no"],
    ["client-output-buffer-limit", `normal ${output} 0 0 slave 0 0 0 pubsub ${output} 0 0`],
    ["client-query-buffer-limit", CLIENT_QUERY_BUFFER_LIMIT.toString()],
    ["databases", "1"],
    ["maxclients", MAXCLIENTS.toString()],
    ["maxmemory", dataset.limit.toString()],
    ["maxmemory-clients", MAXMEMORY_CLIENTS.toString()],
    ["maxmemory-policy", "noeviction"],
    ["proto-max-bulk-len", PROTO_MAX_BULK_LEN.toString()],
    ["save", ""],
    ["timeout", "0"],
  ];
}

function getSettings(): void {
  const all = settings();
  const asked = all.filter((setting) => isAsked(setting[0]));
  reply.array(2 * asked.length);
  for (let index = 0; index < asked.length; index++) {
    reply.text(asked[index][0]);
    reply.text(asked[index][1]);
  }
}

function isAsked(name: string): bool {
  const bytes = String.UTF8.encode(name);
  for (let index = 2; index < words.count; index++) {
    const pattern = word(index);
    if (matches(pattern.start, pattern.length, changetype<usize>(bytes), bytes.byteLength, true)) return true;
  }
  return false;
}

/** A subcommand is a part of its command, and what only closes is none. */
function isShown(index: i32): bool {
  const name = commands[index].name;
  return !name.includes("|") && name != "post" && name != "host:";
}

/** Names, numbers of words and flags; no keys, which clients of clusters want. */
function describeCommands(): void {
  const shown: i32[] = [];
  for (let index = 0; index < commands.length; index++) if (isShown(index)) shown.push(index);
  reply.array(shown.length);
  for (let index = 0; index < shown.length; index++) {
    const command = commands[shown[index]];
    reply.array(6);
    reply.text(command.name);
    reply.integer(command.arity);
    const isWrite = (command.flags & GROWS) != 0;
    const isPubSub = (command.flags & FOR_SUBSCRIBERS) != 0;
    reply.array((isWrite ? 1 : 0) + (isPubSub ? 1 : 0));
    if (isWrite) reply.status("denyoom");
    if (isPubSub) reply.status("pubsub");
    for (let number = 0; number < 3; number++) reply.integer(0);
  }
}
