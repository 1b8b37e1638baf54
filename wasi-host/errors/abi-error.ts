/** A guest built for another version of the ABI between guest and host: its calls would have another meaning. */
export class AbiError extends Error {
  readonly code = "ERR_ABI_VERSION";

  /**
   * @param guest the guest's major version
   * @param host the host's major version
   */
  constructor(guest: number, host: number) {
    super(
      `the module uses ABI ${guest} of Pollux, and this host has ABI ${host}; build the module with this version of Pollux`,
    );
  }
}
