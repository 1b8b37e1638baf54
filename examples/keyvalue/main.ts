/**
 * An in-memory store that speaks the Redis protocol (RESP2).
 *
 *     pollux run --listen 127.0.0.1:6379 keyvalue.wasm [--maxmemory BYTES]        then, in another terminal: redis-cli
 */
import { args, defaultLoop, ListenerHandler, StreamHandler, TcpListener, TcpStream } from "pollux/assembly";
import { Client } from "./client";
import "./commands/connection";
import "./commands/keys";
import "./commands/lists";
import "./commands/pubsub";
import "./commands/server";
import "./commands/strings";
import { dataset } from "./memory";
import { MAXCLIENTS } from "./settings";
import * as statistics from "./statistics";

class Server extends ListenerHandler {
  onConnection(stream: TcpStream): StreamHandler {
    if (statistics.connected < MAXCLIENTS) return new Client(stream);
    statistics.onReject();
    stream.tryWriteText("-ERR max number of clients reached\r\n");
    stream.close();
    return new StreamHandler();
  }
}

const words = args();
if (words.length > 2 && words[1] == "--maxmemory") dataset.limit = U64.parseInt(words[2]);
else assert(words.length < 2, "usage: keyvalue [--maxmemory BYTES]");

TcpListener.inherit(new Server());
defaultLoop().run();
