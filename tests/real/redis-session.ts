/** What clients send to a Redis server: good commands and each kind of mistake. */

/** Lines for redis-cli, which each server that begins empty answers in the same way: what is listed has an order, or one element. */
export const SESSION: readonly string[] = `
ping
PING
ping hello
ping "two words"
ping a b
echo hi
echo ""
echo
echo a b
"ec\\x68o" "\\x00\\xff\\n"
get
get a b
get nothing
set
set k
set k v
get k
GET k
gEt k
set k "a longer value than before, of more than one word"
get k
set k ""
get k
strlen k
strlen nothing
set k v ex
set k v ex 0
set k v ex -1
set k v ex abc
set k v ex 1.5
set k v ex 9223372036854775807
set k v ex 9223372036854775
set k v px 9223372036854775807
set k v ex 10 px 10
set k v nx xx
set k v foo
set k v keepttl ex 10
set k v get extra
get k
set k v ex 100
ttl k
set k w keepttl
ttl k
set k w
ttl k
pttl k
set k v px 100000
ttl k
set k v exat 9999999999
expireat k 9999999999
set k v pxat 9999999999999
set k new nx
get k
set fresh v nx
set fresh w xx
get fresh
set missing v xx
get missing
set fresh x get
set missing2 x get
get missing2
set missing3 x xx get
set k v NX GET
setnx k v2
setnx fresh2 v
setnx fresh2
setex k 100 v
ttl k
setex k 0 v
setex k abc v
setex k 100
psetex k 100000 v
psetex k -5 v
getdel fresh2
getdel fresh2
getdel
mset
mset a
mset a 1 b
mset a 1 b 2
mget a b
mget a nothing b
mget
mset a 3 a 4
get a
del a b
del a b
del
unlink k
unlink nothing
exists k
set k v
exists k k k nothing
exists
incr n
incr n
get n
incr
incr n n
decr n
decr m
incrby n 40
incrby n -2
incrby n
incrby n abc
incrby n 1.5
incrby n " 1"
incrby n 9223372036854775807
incrby n 9223372036854775808
decrby n 5
decrby n -9223372036854775808
decrby n abc
set n 9223372036854775807
incr n
incrby n -1
incr n
set n -9223372036854775808
decr n
decrby n 1
incrby n 1
set n 9223372036854775808
incr n
set n 01
incr n
set n +1
incr n
set n " 1"
incr n
set n ""
incr n
set n -0
incr n
set n abc
incr n
set n 10
expire n 100
incr n
ttl n
expire n
expire n abc
expire n 100 zz
expire n 100 nx xx
expire n 100 gt lt
expire n 100 nx gt
expire n 200 nx
ttl n
expire n 300 xx
ttl n
expire n 200 gt
ttl n
expire n 400 GT
ttl n
expire n 500 lt
ttl n
expire n 50 lt
ttl n
expire n 9223372036854775807
expire n -9223372036854775808
expire n 9223372036854775
pexpire n 9223372036854775807
pexpire n 100000
ttl n
expire nothing 100
expire nothing 100 xx
persist n
persist n
persist nothing
persist
ttl n
pttl n
ttl nothing
pttl nothing
ttl
expire n 10 gt
expire n 10 lt
expire n 0
exists n
set n 1
expire n -1
get n
set n 1
pexpire n -1
get n
set n 1
expireat n 1
exists n
set n 1
pexpireat n 1
exists n
type k
type nothing
type
lpush list
lpush list a
lpush list b c
llen list
lrange list 0 -1
lrange list 0 0
lrange list -2 -1
lrange list 1 1
lrange list 5 10
lrange list -100 100
lrange list 2 1
lrange list a b
lrange list 0 b
lrange list 0
lrange nothing 0 -1
rpush list d e
lrange list 0 -1
lrange list 3 3
type list
get list
incr list
strlen list
getdel list
set list v get
set list2 v
lpush list2 a
rpush list2 a
llen list2
lrange list2 0 -1
lrange list2 a -1
lpop list2
llen nothing
mget list k
lpop list
rpop list
lpop list 2
lrange list 0 -1
lpop list 0
lpop list -1
lpop list abc
lpop list 1 2
lpop
lpop nothing
lpop nothing 1
rpop nothing
rpop nothing 5
rpop list 10
exists list
lpush list x
expire list 100
ttl list
set list string
ttl list
type list
select 0
select 1
select -1
select abc
select
dbsize
dbsize x
keys nothing*
keys k
keys [k]
keys k*k
keys [^a-jl-z]
keys
flushall nonsense
flushall
dbsize
set h?llo 1
keys h\\?llo
keys h\\*llo
keys h?llo
keys "h[?]llo"
keys "h[^?]llo"
keys *?llo
keys **l**o
keys h?ll
flushall async
flushdb sync
flushdb
keys *
publish channel message
publish channel
publish
unsubscribe
punsubscribe
subscribe
psubscribe
client getname
client setname tester
client getname
client setname "a b"
client setname
client setname ""
client getname
client nonsense
client
config
config get
config get save
config get appendonly
config get databases
config get nonsense
config get maxmemory-policy
config get timeout
config get sav*
config nonsense x
command nonsense
nonsense
nonsense a b c
nonsense "line\\r\\nends" "\\x01"
NonSense ${"long".repeat(40)} tail
${"long".repeat(40)}
nonsense ${"word ".repeat(40)}
get${" x".repeat(100)}
reset
shutdown nonsense
info nonsense
`
  .split("\n")
  .filter((line) => line !== "");

const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

/** Bytes that no client library sends, and good ones in unusual forms. */
export const RAW: ReadonlyMap<string, string> = new Map([
  ["an inline command", "PING\r\n"],
  ["an inline command without a carriage return", "PING\n"],
  ["several inline commands", "SET a 1\r\nGET a\r\n\r\n\n  \r\nINCR a\nGET a\r\n"],
  [
    "quotes in inline commands",
    `SET a "b c\\n\\x41\\"\\q"\r\nGET a\r\nSET a 'it\\'s \\n'\r\nGET a\r\nSET "" ''\r\nGET ""\r\n`,
  ],
  ["quotes within a word", `ECHO a"b"\r\nECHO a'b' \r\n`],
  ["a quote without an end", `SET a "b\r\nPING\r\n`],
  ["a quote with a word behind it", `SET a "b"c\r\nPING\r\n`],
  ["an escape without an end", `SET a "b\\\r\nPING\r\n`],
  ["an inline command of 60,000 bytes", `ECHO ${"x".repeat(60_000)}\r\n`],
  ["a pipeline of both kinds", `${command("SET", "a", "1")}PING\r\n${command("GET", "a")}GET a\r\n`],
  ["an empty array", "*0\r\nPING\r\n"],
  ["a negative array", "*-1\r\nPING\r\n"],
  ["a negative array of 2^31", "*-2147483648\r\nPING\r\n"],
  ["an empty name", "*1\r\n$0\r\n\r\n"],
  ["an array of 2^31 elements", "*2147483648\r\n"],
  ["an array of 2^63 elements", "*9223372036854775808\r\n"],
  ["an array of 2^64 elements", "*18446744073709551617\r\n"],
  ["an array of no number", "*abc\r\n"],
  ["an array of nothing", "*\r\n"],
  ["an array of 1.5", "*1.5\r\n"],
  ["an array of 01", "*01\r\n"],
  ["an array of +1", "*+1\r\n"],
  ["an array of a space", "* 1\r\n"],
  ["a nested array", "*2\r\n*1\r\n$4\r\nPING\r\n"],
  ["deeply nested arrays", "*1\r\n".repeat(1000)],
  ["an integer as an argument", "*2\r\n$4\r\nECHO\r\n:1\r\n"],
  ["a status as an argument", "*2\r\n$4\r\nECHO\r\n+OK\r\n"],
  ["a byte above 127 as an argument", "*1\r\n\xff\r\n"],
  ["a null as an argument", "*2\r\n$4\r\nECHO\r\n$-1\r\n"],
  ["an argument of 2^31 bytes", "*2\r\n$4\r\nECHO\r\n$2147483648\r\n"],
  ["an argument of 2^63 bytes", "*2\r\n$4\r\nECHO\r\n$9223372036854775808\r\n"],
  ["an argument of no number", "*2\r\n$4\r\nECHO\r\n$x\r\nhello\r\n"],
  ["an argument of nothing", "*2\r\n$4\r\nECHO\r\n$\r\nhello\r\n"],
  ["an argument that ends otherwise", "*2\r\n$4\r\nECHO\r\n$5\r\nhelloXXPING\r\n"],
  ["requests behind garbage", "*1\r\nx\r\nPING\r\n"],
  ["requests before garbage", `${command("SET", "a", "b")}${command("GET", "a")}*x\r\n`],
  ["requests behind QUIT", `${command("PING")}${command("QUIT")}${command("PING")}`],
  ["a browser's form", "POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET a b\r\n"],
  ["a header", "GET a\r\nHost: localhost\r\nPING\r\n"],
  ["an unknown command with binary arguments", command("\x01\x02", "\xfe\xff", "a\r\nb")],
  [
    "subscriptions",
    command("SUBSCRIBE", "a", "b", "a") +
      command("PSUBSCRIBE", "x*", "x*") +
      command("PING") +
      command("PING", "hello") +
      command("GET", "a") +
      command("UNSUBSCRIBE", "b", "c") +
      command("UNSUBSCRIBE") +
      command("PUNSUBSCRIBE") +
      command("GET", "a") +
      command("UNSUBSCRIBE"),
  ],
  ["a reset of subscriptions", command("SUBSCRIBE", "a") + command("RESET") + command("PING")],
  ["QUIT of a subscriber", command("SUBSCRIBE", "a") + command("QUIT")],
]);
