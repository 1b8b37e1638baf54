/** `--listen-fd`: listeners that the command has inherited, by number or by what systemd says of them (sd_listen_fds(3)). */

/** Where systemd's begin. */
const FIRST = 3;
const ALL = "systemd";

/**
 * The descriptors that `text` names: a number; `systemd` for all of LISTEN_FDS; or one of the names in LISTEN_FDNAMES.
 * Throws an Error that says what is missing.
 */
export function inheritedListeners(text: string, env: NodeJS.ProcessEnv, pid: number): number[] {
  if (/^\d+$/.test(text)) return [Number(text)];
  const { LISTEN_FDS: count, LISTEN_PID: receiver, LISTEN_FDNAMES: names = "" } = env;
  if (count === undefined || !/^\d+$/.test(count)) {
    throw new Error(
      `bad --listen-fd '${text}': LISTEN_FDS is not set; give a number, or start from a systemd socket unit`,
    );
  }
  if (receiver !== undefined && receiver !== String(pid)) {
    throw new Error(`bad --listen-fd '${text}': LISTEN_PID is ${receiver}, and this process is ${pid}`);
  }
  const descriptors = Array.from({ length: Number(count) }, (_, index) => FIRST + index);
  if (text === ALL) return descriptors;
  const labels = names.split(":");
  const named = descriptors.filter((_, index) => labels[index] === text);
  if (named.length > 0) return named;
  throw new Error(
    `bad --listen-fd '${text}': LISTEN_FDNAMES is '${names}'; expected a number, ${ALL}, or one of those`,
  );
}
