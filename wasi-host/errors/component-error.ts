/** A component that cannot run: it is damaged, or needs a missing feature. No guest code runs on. */
export class ComponentError extends Error {
  /**
   * ERR_COMPONENT_INVALID: the bytes are not a valid component. ERR_COMPONENT_UNSUPPORTED: they use a feature that this
   * linker lacks. ERR_COMPONENT_IMPORT: it imports something that no host here has. ERR_COMPONENT_EXPORT: it does not
   * export an entry.
   */
  readonly code: `ERR_COMPONENT_${"INVALID" | "UNSUPPORTED" | "IMPORT" | "EXPORT"}`;

  /**
   * @param message the finding, and the expectation or the remedy. It is escaped into one line, because it contains
   *   names of the component
   * @param code by default ERR_COMPONENT_INVALID
   */
  constructor(message: string, code: ComponentError["code"] = "ERR_COMPONENT_INVALID") {
    super(oneLine(message));
    this.code = code;
  }
}

/** A feature that this linker lacks, and the JavaScript that jco makes of a component may have. */
export class LinkerGap extends ComponentError {
  constructor(message: string) {
    super(message, "ERR_COMPONENT_UNSUPPORTED");
  }
}

const MAX_LENGTH = 1000;

/** Escapes control characters. */
function oneLine(message: string): string {
  const escaped = message.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/gu,
    (found) => `\\u{${found.codePointAt(0)!.toString(16)}}`,
  );
  return escaped.length <= MAX_LENGTH ? escaped : `${escaped.slice(0, MAX_LENGTH)}...`;
}
