/** Commands of a client's own connection. */
import { latin1 } from "../bytes";
import { define, FOR_SUBSCRIBERS, IS_CONTAINER, wrongNumber } from "../command-table";
import { unsubscribeAll } from "../channels";
import { parsed } from "../numbers";
import * as reply from "../reply";
import { Session } from "../session";
import * as words from "../words";
import { word } from "../words";
import { isInteger } from "./checks";

define("ping", -1, FOR_SUBSCRIBERS, (session: Session): void => {
  if (words.count > 2) {
    wrongNumber("ping");
    return;
  }
  if (session.isSubscriber) {
    reply.array(2);
    reply.text("pong");
    if (words.count == 1) reply.text("");
  } else if (words.count == 1) {
    reply.status("PONG");
  }
  if (words.count == 2) reply.bytes(word(1).start, word(1).length);
});
define("echo", 2, 0, (_session: Session): void => {
  reply.bytes(word(1).start, word(1).length);
});
define("select", 2, 0, (_session: Session): void => {
  if (!isInteger(word(1))) return;
  if (parsed == 0) reply.ok();
  else reply.error("ERR DB index is out of range");
});
define("quit", -1, FOR_SUBSCRIBERS, (session: Session): void => {
  reply.ok();
  session.isEnding = true;
});
define("reset", 1, FOR_SUBSCRIBERS, (session: Session): void => {
  unsubscribeAll(session);
  session.name = "";
  reply.status("RESET");
});
define("client", -2, IS_CONTAINER, (_session: Session): void => {});
define("client|id", 2, 0, (session: Session): void => {
  reply.integer(session.id);
});
define("client|getname", 2, 0, (session: Session): void => {
  if (session.name.length == 0) reply.nothing();
  else reply.text(session.name);
});
define("client|setname", 3, 0, (session: Session): void => {
  const name = latin1(word(2));
  for (let index = 0; index < name.length; index++) {
    const letter = name.charCodeAt(index);
    if (letter >= 0x21 && letter <= 0x7e) continue;
    reply.error("ERR Client names cannot contain spaces, newlines or special characters.");
    return;
  }
  session.name = name;
  reply.ok();
});

// A page can make a browser send a form here. Its lines are not commands, so the connection is closed at once, as Redis does.
define("post", -1, FOR_SUBSCRIBERS, (session: Session): void => {
  session.abort();
});
define("host:", -1, FOR_SUBSCRIBERS, (session: Session): void => {
  session.abort();
});
