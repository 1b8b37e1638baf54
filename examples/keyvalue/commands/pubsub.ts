/** Commands of channels. */
import { latin1 } from "../bytes";
import { publish, subscribe, subscribePattern, unsubscribe, unsubscribePattern } from "../channels";
import { define, FOR_SUBSCRIBERS } from "../command-table";
import { clients } from "../memory";
import * as reply from "../reply";
import { Session } from "../session";
import * as words from "../words";
import { word } from "../words";

define("publish", 3, 0, (_session: Session): void => {
  reply.integer(publish(word(1), word(2)));
});
define("subscribe", -2, FOR_SUBSCRIBERS, (session: Session): void => {
  if (isRefused()) return;
  for (let index = 1; index < words.count; index++) {
    subscribe(word(index), session);
    confirm("subscribe", latin1(word(index)), session);
  }
});
define("psubscribe", -2, FOR_SUBSCRIBERS, (session: Session): void => {
  if (isRefused()) return;
  for (let index = 1; index < words.count; index++) {
    subscribePattern(word(index), session);
    confirm("psubscribe", latin1(word(index)), session);
  }
});
define("unsubscribe", -1, FOR_SUBSCRIBERS, (session: Session): void => {
  const names = namesOr(session.channels);
  for (let index = 0; index < names.length; index++) {
    unsubscribe(names[index], session);
    confirm("unsubscribe", names[index], session);
  }
  if (names.length == 0) confirmNothing("unsubscribe", session);
});
define("punsubscribe", -1, FOR_SUBSCRIBERS, (session: Session): void => {
  const names = namesOr(session.patterns);
  for (let index = 0; index < names.length; index++) {
    unsubscribePattern(names[index], session);
    confirm("punsubscribe", names[index], session);
  }
  if (names.length == 0) confirmNothing("punsubscribe", session);
});

/** Subscriptions are memory too. */
function isRefused(): bool {
  if (!clients.isFull) return false;
  reply.error("OOM command not allowed when used memory > 'maxmemory-clients'.");
  return true;
}

/** The names that the command has, or else all that the client has subscribed to. */
function namesOr(own: Set<string>): string[] {
  if (words.count == 1) return own.values();
  const names = new Array<string>(words.count - 1);
  for (let index = 1; index < words.count; index++) names[index - 1] = latin1(word(index));
  return names;
}

function confirm(event: string, name: string, session: Session): void {
  reply.array(3);
  reply.text(event);
  reply.text(name);
  reply.integer(session.channels.size + session.patterns.size);
}

function confirmNothing(event: string, session: Session): void {
  reply.array(3);
  reply.text(event);
  reply.nothing();
  reply.integer(session.channels.size + session.patterns.size);
}
