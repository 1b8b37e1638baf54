/**
 * A program that catches signals, and prints each.
 *
 *     pollux run signals.wasm [cancel | spin | late | end | NAME]
 *
 * `cancel` ends a hook in its first call. `spin` never returns from one. `late` cancels the hook when a signal has arrived and is not
 * read. `end` has nothing open but the hooks. NAME is the only caught signal.
 */
import { args, Callback, defaultLoop, Hook, monotonicTime, print } from "pollux/assembly";

export { cabi_realloc } from "pollux/assembly/component";

const words = args();
const mode = words.length > 1 ? words[1] : "";

class Heard extends Callback {
  hook: Hook | null = null;

  constructor(private name: string) {
    super();
  }

  call(): void {
    print(`heard ${this.name}`);
    if (mode == "spin") while (true) {}
    if (mode == "cancel") this.hook!.cancel();
  }
}

function hear(name: string): Hook {
  const heard = new Heard(name);
  const hook = (heard.hook = defaultLoop().onSignal(name, heard));
  print(hook.isActive ? `catches ${name}` : `cannot catch ${name}`);
  return hook;
}

class Wait extends Callback {
  call(): void {}
}

/** Works for a second, in which a signal arrives, and then cancels. */
class Late extends Callback {
  constructor(private hook: Hook) {
    super();
  }

  call(): void {
    for (const start = monotonicTime(); monotonicTime() - start < 1000; ) {}
    this.hook.cancel();
    print("cancelled");
  }
}

if (mode == "late") defaultLoop().callSoon(new Late(hear("SIGTERM")));
else if (mode.startsWith("SIG")) hear(mode);
else for (let names = ["SIGTERM", "SIGINT", "SIGHUP"]; names.length > 0; ) hear(names.shift());
const timer = defaultLoop().callLater(3_600_000, new Wait());
print("ready");
if (mode == "end") timer.cancel();
defaultLoop().run();
