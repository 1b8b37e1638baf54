/** wasi:filesystem. The component has one directory, /data, with the files of the suite's files.test. */
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import { filesystemErrorCode } from "wasi:filesystem/types@0.2.12";
import { bytes, drop, holds, tell, text } from "./telling.js";

const LONG = "n".repeat(300);
const READ = { read: true };
const WRITE = { write: true };
const BOTH = { read: true, write: true };
const FOLLOW = { symlinkFollow: true };

export function files() {
  const preopened = getDirectories();
  tell("get-directories", () => preopened.map(([, name]) => name));
  const [[root]] = preopened;
  const open = (name, how = {}, flags = READ, follow = {}) => root.openAt(follow, name, how, flags);

  tell("get-type: a directory", () => root.getType());
  holds("get-flags: a directory", () => root.getFlags().read && root.getFlags().mutateDirectory);
  tell("open-at: nothing there", () => open("nothing"));
  tell("open-at: no name", () => open(""));
  tell("open-at: an absolute path", () => open("/data"));
  tell("open-at: a way out", () => open("../secret"));
  tell("open-at: a way out by a link", () => open("link-out", {}, READ, FOLLOW));
  tell("open-at: a link that is not followed", () => open("link"));
  tell("open-at: a link that is followed", () => open("link", {}, READ, FOLLOW).getType());
  tell("open-at: a link to itself", () => open("loop", {}, READ, FOLLOW));
  tell("open-at: a name that is too long", () => open(LONG));
  tell("open-at: a file as a directory", () => open("given", { directory: true }));
  tell("open-at: below a file", () => open("given/more"));
  tell("open-at: a directory to write", () => open("folder", {}, WRITE));
  tell("open-at: exclusive, and there already", () => open("given", { create: true, exclusive: true }, BOTH));
  tell("open-at: create", () => open("made", { create: true, exclusive: true }, BOTH).getType());
  tell("open-at: create a directory", () => open("never", { create: true, directory: true }, READ));
  tell("open-at: truncate", () => {
    const file = open("cut", { create: true }, BOTH);
    file.write(bytes("long"), 0);
    drop(file);
    return open("cut", { truncate: true }, BOTH).stat().size;
  });

  const given = open("given");
  tell("get-type: a file", () => given.getType());
  tell("get-flags: a file to read", () => given.getFlags());
  tell("stat: a file", () => {
    const { type, linkCount, size } = given.stat();
    return `${type}, ${linkCount} link, ${size} bytes`;
  });
  holds("stat: times", () => given.stat().dataModificationTimestamp.seconds === 1_000_000);
  tell("read", () => {
    const [data, end] = given.read(3, 0);
    return `${text(data)}, ${end ? "the end" : "more"}`;
  });
  tell("read: with an offset", () => text(given.read(100, 3)[0]));
  tell("read: behind the end", () => given.read(10, 100));
  tell("read: of no length", () => given.read(0, 0)[0]);
  tell("read: a directory", () => root.read(10, 0));
  tell("write: a file to read", () => given.write(bytes("x"), 0));
  tell("set-size: a file to read", () => given.setSize(0));
  tell("advise", () => given.advise(0, 100, "sequential"));
  tell("sync-data", () => given.syncData());
  tell("sync", () => given.sync());
  tell("sync: a directory", () => root.sync());
  tell("is-same-object: itself", () => given.isSameObject(open("given")));
  tell("is-same-object: another", () => given.isSameObject(open("made")));
  holds("metadata-hash: the same again", () => {
    const [one, other] = [given.metadataHash(), root.metadataHashAt({}, "given")];
    return one.lower === other.lower && one.upper === other.upper;
  });
  tell("metadata-hash-at: nothing there", () => root.metadataHashAt({}, "nothing"));

  const made = open("made", {}, BOTH);
  tell("write", () => made.write(bytes("hello"), 0));
  tell("write: behind the end", () => made.write(bytes("!"), 7));
  tell("write: what is between", () => made.read(10, 5)[0]);
  tell("set-size: shorter", () => made.setSize(5));
  tell("set-size: longer", () => made.setSize(6));
  tell("set-size: what was set", () => made.stat().size);
  tell("set-size: a directory", () => root.setSize(1));
  tell("get-flags: a file to read and write", () => made.getFlags());
  tell("set-times", () => {
    made.setTimes({ tag: "no-change" }, { tag: "timestamp", val: { seconds: 2_000_000, nanoseconds: 500_000_000 } });
    return made.stat().dataModificationTimestamp;
  });
  tell("set-times: now", () => made.setTimes({ tag: "now" }, { tag: "now" }));
  tell("set-times-at", () => {
    const time = { tag: "timestamp", val: { seconds: 3_000_000, nanoseconds: 0 } };
    root.setTimesAt({}, "made", time, time);
    return root.statAt({}, "made").dataModificationTimestamp;
  });
  tell("set-times-at: nothing there", () => root.setTimesAt({}, "nothing", { tag: "now" }, { tag: "now" }));

  streams(open);

  tell("stat-at: a directory", () => root.statAt({}, "folder").type);
  tell("stat-at: a link", () => root.statAt({}, "link").type);
  tell("stat-at: a link that is followed", () => root.statAt(FOLLOW, "link").type);
  tell("stat-at: nothing there", () => root.statAt({}, "nothing"));
  tell("stat-at: a way out", () => root.statAt({}, "../secret"));
  tell("readlink-at", () => root.readlinkAt("link"));
  tell("readlink-at: no link", () => root.readlinkAt("given"));
  tell("readlink-at: nothing there", () => root.readlinkAt("nothing"));
  tell("symlink-at", () => {
    root.symlinkAt("given", "another");
    return root.readlinkAt("another");
  });
  tell("symlink-at: there already", () => root.symlinkAt("given", "another"));
  tell("symlink-at: to an absolute path", () => root.symlinkAt("/etc/passwd", "absolute"));
  tell("link-at", () => {
    root.linkAt({}, "given", root, "linked");
    return root.statAt({}, "linked").linkCount;
  });
  tell("link-at: nothing there", () => root.linkAt({}, "nothing", root, "linked-again"));
  tell("link-at: there already", () => root.linkAt({}, "given", root, "linked"));
  tell("create-directory-at", () => {
    root.createDirectoryAt("fresh");
    return root.statAt({}, "fresh").type;
  });
  tell("create-directory-at: there already", () => root.createDirectoryAt("fresh"));
  tell("create-directory-at: below nothing", () => root.createDirectoryAt("nothing/fresh"));
  tell("rename-at", () => {
    root.renameAt("fresh", root, "renamed");
    return root.statAt({}, "renamed").type;
  });
  tell("rename-at: nothing there", () => root.renameAt("nothing", root, "renamed-again"));
  tell("rename-at: onto a directory that is not empty", () => root.renameAt("renamed", root, "folder"));
  tell("rename-at: a way out", () => root.renameAt("renamed", root, "../renamed"));
  tell("unlink-file-at", () => root.unlinkFileAt("linked"));
  tell("unlink-file-at: nothing there", () => root.unlinkFileAt("linked"));
  tell("unlink-file-at: a directory", () => root.unlinkFileAt("folder"));
  tell("remove-directory-at", () => root.removeDirectoryAt("renamed"));
  tell("remove-directory-at: nothing there", () => root.removeDirectoryAt("renamed"));
  tell("remove-directory-at: not empty", () => root.removeDirectoryAt("folder"));
  tell("remove-directory-at: a file", () => root.removeDirectoryAt("given"));
  tell("read-directory", () => {
    const entries = open("folder", { directory: true }).readDirectory();
    const found = [];
    for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) found.push(entry);
    return found.map(({ type, name }) => `${name}, ${type}`).toSorted();
  });
  tell("read-directory: a file", () => given.readDirectory());
  tell("stat: a directory to read only", () => open("folder", { directory: true }).getFlags());
}

function streams(open) {
  const file = open("stream", { create: true }, BOTH);
  tell("write-via-stream", () => {
    const output = file.writeViaStream(0);
    output.blockingWriteAndFlush(bytes("hello"));
    drop(output);
    return text(file.read(10, 0)[0]);
  });
  tell("append-via-stream", () => {
    const output = file.appendViaStream();
    output.blockingWriteAndFlush(bytes(", world"));
    drop(output);
    return text(file.read(100, 0)[0]);
  });
  tell("read-via-stream", () => text(file.readViaStream(7).blockingRead(100)));
  tell("read-via-stream: the end", () => file.readViaStream(100).blockingRead(10));
  const pollable = file.readViaStream(0).subscribe();
  pollable.block();
  tell("read-via-stream: ready", () => pollable.ready());
  drop(pollable);
  tell("write-via-stream: a file to read", () => open("given").writeViaStream(0));
  tell("append-via-stream: a file to read", () => open("given").appendViaStream());
  tell("read-via-stream: a file to write", () => open("stream", {}, WRITE).readViaStream(0));
  tell("filesystem-error-code: a directory as a stream", () => {
    try {
      open("folder", { directory: true }).readViaStream(0).blockingRead(10);
    } catch (error) {
      const { tag, val } = error.payload;
      return tag === "last-operation-failed" ? filesystemErrorCode(val) : tag;
    }
  });
}
