/** A component that cannot be run: damaged, or asking for something that is not there. Nothing of the guest runs on. */
export class ComponentError extends Error {
  /**
   * ERR_COMPONENT_INVALID: the bytes are not a valid component. ERR_COMPONENT_UNSUPPORTED: they are, and use a feature that this linker
   * lacks. ERR_COMPONENT_IMPORT: it imports what no host here has. ERR_COMPONENT_EXPORT: it does not export what it is run by.
   */
  readonly code: `ERR_COMPONENT_${"INVALID" | "UNSUPPORTED" | "IMPORT" | "EXPORT"}`;

  /**
   * @param message what was found, and what was expected or what to do. It becomes one line: names in it are the component's
   * @param code by default ERR_COMPONENT_INVALID
   */
  constructor(message: string, code: ComponentError["code"] = "ERR_COMPONENT_INVALID") {
    super(oneLine(message));
    this.code = code;
  }
}

const MAX_LENGTH = 1000;

/** Escapes what a terminal would obey. */
function oneLine(message: string): string {
  const escaped = message.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/gu,
    (found) => `\\u{${found.codePointAt(0)!.toString(16)}}`,
  );
  return escaped.length <= MAX_LENGTH ? escaped : `${escaped.slice(0, MAX_LENGTH)}...`;
}
