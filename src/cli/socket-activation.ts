/** `--listen-fd`: inherited listeners, by number or from systemd (sd_listen_fds(3)). */

/** First descriptor from systemd. */
const FIRST = 3;
const ALL = "systemd";

/**
 * Returns the descriptors that `text` names: a number, `systemd` for all of LISTEN_FDS, or a name of LISTEN_FDNAMES.
 *
 * @throws Error that names what is missing
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
    throw new Error(`bad --listen-fd '${text}': LISTEN_PID is ${receiver}, but this process is ${pid}`);
  }
  const descriptors = Array.from({ length: Number(count) }, (_, index) => FIRST + index);
  if (text === ALL) return descriptors;
  const labels = names.split(":");
  const named = descriptors.filter((_, index) => labels[index] === text);
  if (named.length > 0) return named;
  throw new Error(
    `bad --listen-fd '${text}': LISTEN_FDNAMES is '${names}'; expected a number, ${ALL}, or one of these names`,
  );
}
